/* SPDX-License-Identifier: MIT */
#ifndef INIT_LOOP_H
#define INIT_LOOP_H

#include <stdint.h>

#include "base/err.h"

/* The one place where PID 1 waits. */

/* What an fd in the loop is; the index is a row or a job. */
enum loop_source {
	SOURCE_SIGNAL,
	SOURCE_TIMER,
	SOURCE_CONSOLE,
	SOURCE_EXEC,
	SOURCE_STATUS,
	SOURCE_CGROUP,
	SOURCE_CONTROL,
	SOURCES
};

/*
 * Block the signals that the loop reads. The first thing PID 1 does: a wish to go down that comes while it boots waits
 * for the loop (also over the execve(2) of its move) instead of being thrown away. sigprocmask(2).
 */
void loop_hold_signals(void);

/*
 * Make the epoll, timer and signal fds; the last reads what loop_hold_signals() holds back. Failure
 * is -errno with @e (out of fds or memory at boot: there is nothing to fall back to).
 */
int loop_open(struct err *e);

/* Watch @fd for @events (epoll_ctl(2)). Returns 0 or -errno. */
int loop_add(int fd, uint32_t events, enum loop_source source, unsigned int index, struct err *e);

/* Stop watching *@fd, close it and set it to -1; nothing if it is -1. */
void loop_close(int *fd);

/* Wait, do what came, and again, for ever. */
_Noreturn void loop_run(void);

#endif
