/* SPDX-License-Identifier: MIT */
#ifndef LAUNCH_WAIT_H
#define LAUNCH_WAIT_H

#include "launch/jail.h"

/*
 * The rest of the launcher's life, once the program runs. First it gives up all it has: files but
 * the status socket, its uid, its capabilities, and all system calls but the few below. Returns 0
 * or -errno with @e (step "settle").
 */
int wait_settle(struct jail *j, struct err *e);

/* Reap what ends in the jail until the program itself does, and tell PID 1. Returns the launcher's
 * exit status. */
int wait_program(pid_t main_pid);

#endif
