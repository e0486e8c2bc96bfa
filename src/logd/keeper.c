/* SPDX-License-Identifier: MIT */
#include "logd/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/time.h"

#define WINDOW_MS 1000

int keeper_add(struct keeper *k, int pipe_fd, int ring_fd, struct err *e)
{
	unsigned int i = k->n;
	struct source *s = &k->source[i];
	int flags, rc;

	if (i == SERVICES_MAX)
		return err_set(e, E2BIG, "more than %d logs", SERVICES_MAX);
	flags = fcntl(pipe_fd, F_GETFL);
	if (flags < 0 || fcntl(pipe_fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_set(e, errno, "fd %d: wanted the read end of a pipe", pipe_fd);
	k->n++;
	k->pipe_fd[i] = pipe_fd;
	k->poll[i] = (struct pollfd){ .fd = pipe_fd, .events = POLLIN };
	*s = (struct source){ 0 };

	rc = ring_map(&s->ring, ring_fd, true, e);
	if (rc)
		return rc;
	s->ring.header->name[SERVICE_NAME_MAX - 1] = '\0';
	if (ring_recover(&s->ring, pipe_fd))
		return err_set(e, EUCLEAN, "%s: the ring made no sense, its log begins anew",
			       s->ring.header->name);
	return 0;
}

/* Were bytes dropped that the ring does not tell yet? */
static bool has_unmarked(const struct source *s)
{
	return s->ring.header && s->ring.header->lost_bytes != s->ring.header->lost_marked;
}

static void window_turn(struct source *s, uint64_t now_ms)
{
	if (!s->ring.header || now_ms < s->window_end_ms)
		return;
	s->window_end_ms = now_ms + WINDOW_MS;
	s->left = s->ring.header->rate_max ? s->ring.header->rate_max : UINT64_MAX;
	ring_mark_lost(&s->ring);
}

/* Read and throw away. Returns the bytes, or <= 0 when there is nothing more for now. */
static ssize_t discard(struct source *s, int pipe_fd, size_t max)
{
	static char nowhere[KEEPER_TURN_BYTES];
	ssize_t n = read(pipe_fd, nowhere, max < sizeof(nowhere) ? max : sizeof(nowhere));

	if (n > 0 && s->ring.header)
		ring_count_lost(&s->ring, (uint64_t)n);
	return n;
}

/* One turn of one service. Returns false if its pipe is to be left alone until the next window. */
static bool source_turn(struct source *s, int pipe_fd)
{
	size_t turn = KEEPER_TURN_BYTES;

	while (turn) {
		ssize_t n;

		if (s->ring.header && s->left == 0 && s->ring.header->overflow == OVERFLOW_BLOCK)
			return false;
		if (!s->ring.header || s->left == 0) {
			n = discard(s, pipe_fd, turn);
		} else {
			n = ring_pull(&s->ring, pipe_fd, s->left < turn ? (size_t)s->left : turn);
			if (n > 0)
				s->left -= (uint64_t)n;
			/*
			 * What cannot be kept has to go all the same: the poll would come back at
			 * once.
			 */
			if (n < 0)
				n = discard(s, pipe_fd, turn);
		}
		if (n <= 0)
			break;
		turn -= (size_t)n;
	}
	return true;
}

/* How long may we sleep, at most @wait_ms (-1: for ever)? */
static int wait_of(const struct keeper *k, uint64_t now_ms, int wait_ms)
{
	for (unsigned int i = 0; i < k->n; i++) {
		const struct source *s = &k->source[i];
		uint64_t left_ms = s->window_end_ms > now_ms ? s->window_end_ms - now_ms : 0;

		if (k->poll[i].fd >= 0 && !has_unmarked(s))
			continue;
		if (k->pipe_fd[i] >= 0 && (wait_ms < 0 || left_ms < (uint64_t)wait_ms))
			wait_ms = (int)left_ms;
	}
	return wait_ms;
}

void keeper_turn(struct keeper *k, int max_wait_ms)
{
	uint64_t now_ms = time_monotonic_ms();
	int n_ready = poll(k->poll, k->n, wait_of(k, now_ms, max_wait_ms));

	now_ms = time_monotonic_ms();
	for (unsigned int i = 0; i < k->n; i++) {
		struct source *s = &k->source[i];
		short got = n_ready > 0 && k->poll[i].fd >= 0 ? k->poll[i].revents : 0;

		window_turn(s, now_ms);
		if (s->left)
			k->poll[i].fd = k->pipe_fd[i];
		if (got & POLLIN) {
			if (!source_turn(s, k->pipe_fd[i]))
				k->poll[i].fd = -1;
		} else if (got) {
			/*
			 * No writer is left, which PID 1 does not let happen: not to be asked for
			 * again.
			 */
			k->pipe_fd[i] = -1;
			k->poll[i].fd = -1;
		}
	}
}
