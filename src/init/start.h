/* SPDX-License-Identifier: MIT */
#ifndef INIT_START_H
#define INIT_START_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* One start of one row: the launcher as a process, what it says, and its end. */

/* Row @i has no process: all fds -1. */
void start_clear(unsigned int i);

/*
 * Make the launcher of row @i. Everything it needs is made before, if it is not there (kit.h,
 * listeners.h). Returns 0, or -errno and nothing is left of it.
 */
int start_launch(unsigned int i, struct err *e);

/* The exec pipe, the status socket of row @i have something. Events go to services_event(). */
void start_exec_ready(unsigned int i);
void start_status_ready(unsigned int i);

/*
 * The launcher of row @i was reaped with @wait_status. What it still had to say is read; its fds
 * are closed. Then EVENT_EXITED, or EVENT_LAUNCH_FAILED before it if the program never ran.
 */
void start_reaped(unsigned int i, int wait_status);

/*
 * KillSignal= to the service of row @i. Returns 0 or -errno: -ESRCH when there is none (yet, or any
 * more).
 */
int start_signal(unsigned int i, int sig);

#endif
