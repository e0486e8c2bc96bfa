/* SPDX-License-Identifier: MIT */
#ifndef INIT_KIT_H
#define INIT_KIT_H

#include "init/machine.h"

/* Row @i has nothing yet: all fds -1. To be called once, before kit_make(). */
void kit_clear(struct kit *k);

/*
 * Make what row @i keeps over its restarts: cgroup with its limits and its device program, log pipe
 * and ring, launch record with the filter, program. What is there already is left alone, so that a
 * start can try again what failed before. Nothing here sleeps. Returns 0 or -errno; @e names the
 * step.
 */
int kit_make(unsigned int i, struct err *e);

/*
 * Kill what is in the cgroup of row @i. It cannot be used for a start after that: the kernel
 * (6.12.107, since the kill_seq of 6.12.13 and 6.14) compares a process made with CLONE_INTO_CGROUP
 * with the kill counter of its *parent's* cgroup, and kills it at birth. So the next kit_make()
 * removes the cgroup and makes another. Returns 0 or -errno.
 */
int kit_kill(unsigned int i, struct err *e);

/*
 * The record as it has to be for the next start of row @i: the marked fields of ipc/launch.h, and
 * the checksum.
 */
void kit_seal_record(unsigned int i, bool state_volatile);

#endif
