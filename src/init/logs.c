/* SPDX-License-Identifier: MIT */
#include "init/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/machine.h"
#include "ipc/ring.h"

#define PIPE_BYTES     65536
#define DRAIN_EVERY_MS 100

static uint64_t next_drain_ms;

/* Is there a process that reads the pipes? */
static bool keeper_alive(void)
{
	unsigned int i;

	for (i = 0; i < machine.table.n; i++)
		if (machine_row(i)->duty == DUTY_LOG && super_alive(&machine.run[i].super))
			return true;
	return false;
}

static int make_pipe(struct kit *k, const struct service *s, struct err *e)
{
	int fd[2];

	if (k->log_read_fd >= 0)
		return 0;
	if (pipe2(fd, O_CLOEXEC) < 0)
		return err_set(e, errno, "pipe");
	/*
	 * Owned by the service, so that it can open /dev/stdout; write-only, so that it cannot take
	 * a line away from the reader, who never waits. The size is what a pipe has by default,
	 * said here because the drain counts on it.
	 */
	if (fchown(fd[1], s->uid, s->gid) < 0 || fchmod(fd[1], 0200) < 0 ||
	    fcntl(fd[0], F_SETFL, O_NONBLOCK) < 0) {
		err_set(e, errno, "hand the pipe to uid %u", s->uid);
		close(fd[0]);
		close(fd[1]);
		return -e->num;
	}
	fcntl(fd[1], F_SETPIPE_SZ, PIPE_BYTES);
	k->log_read_fd = fd[0];
	k->log_write_fd = fd[1];
	return 0;
}

int logs_make(unsigned int i, struct err *e)
{
	const struct service *s = machine_row(i);
	struct kit *k = &machine.run[i].kit;
	int rc = make_pipe(k, s, e);

	if (rc || k->ring_fd >= 0)
		return rc;
	rc = ring_create(s, e);
	if (rc < 0)
		return rc;
	k->ring_fd = rc;
	return 0;
}

/* Only while there is no other writer: read, add, write. */
static void count_lost(int ring_fd, uint64_t n)
{
	uint64_t lost = ring_lost_bytes(ring_fd) + n;

	ssize_t done =
		pwrite(ring_fd, &lost, sizeof(lost), offsetof(struct ring_header, lost_bytes));

	/* The page is there since boot, it cannot fail; and there would be nobody to tell. */
	(void)done;
}

static void drain(const struct kit *k, int null_fd)
{
	int waiting = 0;
	ssize_t n;

	if (ioctl(k->log_read_fd, FIONREAD, &waiting) < 0 || waiting < PIPE_BYTES * 3 / 4)
		return;
	n = splice(k->log_read_fd, NULL, null_fd, NULL, PIPE_BYTES / 2, SPLICE_F_NONBLOCK);
	if (n > 0)
		count_lost(k->ring_fd, (uint64_t)n);
}

void logs_turn(uint64_t now_ms)
{
	struct kit *k;
	unsigned int i;

	if (now_ms < next_drain_ms || keeper_alive())
		return;
	next_drain_ms = now_ms + DRAIN_EVERY_MS;
	for (i = 0; i < machine.table.n; i++) {
		k = &machine.run[i].kit;
		if (k->ring_fd >= 0 && k->log_read_fd >= 0 &&
		    machine_row(i)->log_overflow == OVERFLOW_DROP)
			drain(k, machine.null_fd);
	}
}

uint64_t logs_deadline_ms(void)
{
	return keeper_alive() ? UINT64_MAX : next_drain_ms;
}
