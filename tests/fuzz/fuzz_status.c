/* SPDX-License-Identifier: MIT */
/*
 * What a launcher in enemy hands may send to PID 1: any bytes (after the first) with any number of
 * file descriptors (the first byte). None may stay open behind PID 1's back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/status.h"

#define FDS_MAX 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int send_raw(int fd, const uint8_t *data, size_t len, unsigned int n_fds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS_MAX * sizeof(int))];
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c = (struct cmsghdr *)control;
	int fds[FDS_MAX] = { 0, 0, 0, 0 };

	memset(control, 0, sizeof(control));
	if (n_fds > 0) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	return sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The lowest free number: grows when something is left open. */
static int lowest_free(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 3);

	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct launch_status s;
	int pair[2], free_fd, pid_fd = -1, r;

	if (len == 0 || len > 4096 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return 0;
	free_fd = lowest_free();
	if (send_raw(pair[0], data + 1, len - 1, data[0] % (FDS_MAX + 1)) == 0) {
		r = status_recv(pair[1], &s, &pid_fd);
		if (r == 0 &&
		    (len - 1 != sizeof(s) || (s.kind != LAUNCH_STARTED && s.kind != LAUNCH_EXITED)))
			abort();
		if (r == 0 && (s.kind == LAUNCH_STARTED) != (pid_fd >= 0))
			abort();
		if (r != 0 && pid_fd >= 0)
			abort();
		if (pid_fd >= 0)
			close(pid_fd);
	}
	if (lowest_free() != free_fd)
		abort();
	close(pair[0]);
	close(pair[1]);
	return 0;
}
