/* SPDX-License-Identifier: MIT */
#ifndef INIT_LOGS_H
#define INIT_LOGS_H

#include <stdint.h>

#include "base/err.h"

/*
 * PID 1 owns what the log passes through, and does nothing else with it: both ends of each row's
 * pipe, and the ring in a memfd. So nothing is lost when jail-logd or a service starts again.
 */

/* Make pipe and ring of row @i, if they are not there. Returns 0 or -errno. */
int logs_make(unsigned int i, struct err *e);

/*
 * While no process of jail-logd exists (nobody else may read the pipes then), a pipe of a
 * LogOverflow=drop row that is nearly full is emptied by half, and the lost bytes are counted in
 * its ring: a service must not hang because its log is not read. At most once in 100 ms and row.
 */
void logs_turn(uint64_t now_ms);

/* When logs_turn() is due, UINT64_MAX while jail-logd runs. */
uint64_t logs_deadline_ms(void);

#endif
