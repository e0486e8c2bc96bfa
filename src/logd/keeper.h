/* SPDX-License-Identifier: MIT */
#ifndef LOGD_KEEPER_H
#define LOGD_KEEPER_H

#include <poll.h>

#include "base/err.h"
#include "ipc/ring.h"

/* Most output of one service that is moved before the others get their turn. */
#define KEEPER_TURN_BYTES 16384

/* The log of one service. */
struct source {
	struct ring ring;       /* header NULL: it is of no use, the output is thrown away */
	uint64_t window_end_ms; /* LogRateMax= counts in windows of a second */
	uint64_t left;		/* bytes that may still be kept in this one */
};

/* All logs. Static storage of the program, no pointers to give back. */
struct keeper {
	unsigned int n;
	struct source source[SERVICES_MAX];
	int pipe_fd[SERVICES_MAX];
	struct pollfd poll[SERVICES_MAX]; /* fd -1: not read for now, or never again */
};

/*
 * Take over the pipe and the ring of one more service, and finish what a predecessor left in the
 * middle. The pipe is made non-blocking (PID 1, which shares it, does not wait on it either). A ring
 * that cannot be used is told by -errno and @e, and one that was damaged and started anew by -EUCLEAN;
 * the pipe is read in any case, so that the service does not come to a halt.
 */
int keeper_add(struct keeper *k, int pipe_fd, int ring_fd, struct err *e);

/*
 * Wait for output, at most @max_wait_ms (-1: for ever), and move it: at most KEEPER_TURN_BYTES of
 * each service, so that one that talks much keeps no other waiting. Beyond its LogRateMax= a
 * service's output is dropped and counted, or left in the pipe until the next second, as its
 * LogOverflow= says.
 */
void keeper_turn(struct keeper *k, int max_wait_ms);

#endif
