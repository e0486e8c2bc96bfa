/* SPDX-License-Identifier: MIT */
#include "ipc/packet.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * SCM_MAX_FD of the kernel: room for all that a peer can send, so that none is left in an unknown
 * state.
 */
#define PEER_FDS_MAX 253

int packet_send(int fd, const void *msg, size_t size, int pass_fd)
{
	union {
		struct cmsghdr align;
		unsigned char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)msg, .iov_len = size };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (pass_fd >= 0) {
		struct cmsghdr *c;

		m.msg_control = control.room;
		m.msg_controllen = sizeof(control.room);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &pass_fd, sizeof(int));
	}
	do {
		n = sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/*
 * Take the first fd of a received message and close all others. Returns how many there were. The
 * kernel delivers all of a message in one SCM_RIGHTS header, and no other kind of header unless a
 * socket option asks for it.
 */
static unsigned int take_fds(struct msghdr *m, int *first_fd)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	unsigned int n = 0;

	*first_fd = -1;
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	for (size_t at = 0; at + sizeof(int) <= c->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
		int got;

		memcpy(&got, CMSG_DATA(c) + at, sizeof(got));
		if (n++ == 0)
			*first_fd = got;
		else
			close(got);
	}
	return n;
}

/* An empty read is an empty message, or the end: only the latter comes with a hang-up. */
static bool hung_up(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
}

ssize_t packet_recv(int fd, void *buf, size_t size, int *got_fd)
{
	union {
		struct cmsghdr align;
		unsigned char room[CMSG_SPACE(PEER_FDS_MAX * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	unsigned int n_fds;
	int first_fd;
	ssize_t n;

	if (got_fd)
		*got_fd = -1;
	m.msg_control = control.room;
	m.msg_controllen = sizeof(control.room);
	do {
		n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;

	n_fds = take_fds(&m, &first_fd);
	if (n == 0 && n_fds == 0 && hung_up(fd))
		return -EPIPE;
	if (n == 0 || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || n_fds > (got_fd ? 1u : 0u)) {
		if (first_fd >= 0)
			close(first_fd);
		return -EBADMSG;
	}
	if (got_fd)
		*got_fd = first_fd;
	return n;
}
