/* SPDX-License-Identifier: MIT */
#ifndef INIT_SERVICES_H
#define INIT_SERVICES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "super/super.h"

/* The services of the table, driven by src/super: events in, effects carried out. */

/*
 * At boot, with the table read: kits are made (a failure is that row's status, nothing else), and
 * the rows that run from boot on are asked to start; they do so in the loop, as far as their order
 * allows.
 */
void services_open(void);

/* Something happened to row @i. All that follows from it is done before it returns. */
void services_event(unsigned int i, enum super_event event, int wait_status);

/* The cgroup of row @i changed. */
void services_cgroup_ready(unsigned int i);

/* Child @pid was reaped: was it a launcher? */
bool services_reaped(pid_t pid, int wait_status);

/* Timers that are due, and who may start now. */
void services_turn(uint64_t now_ms);

/* The next deadline of any service, UINT64_MAX if there is none. */
uint64_t services_deadline_ms(void);

/* From now on nothing is started any more. */
void services_shutdown(void);

/*
 * One round of the orderly stop: who may stop now is asked to. Returns how many rows are not down
 * yet.
 */
unsigned int services_stop_round(void);

/* No more patience: the cgroups of all rows are killed. */
void services_kill_all(void);

/*
 * May row @i be started by hand? Not if it is damaged, or not to run in this boot. Returns 0 or
 * -errno with what to do.
 */
int services_may_start(unsigned int i, struct err *e);

#endif
