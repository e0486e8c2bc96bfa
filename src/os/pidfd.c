/* SPDX-License-Identifier: MIT */
#include "os/pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

int pidfd_signal(int pidfd, int sig)
{
	return syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) < 0 ? -errno : 0;
}

pid_t pidfd_pid(int pidfd)
{
	cleanup_fd int fd = -1;
	char text[512], *p;
	ssize_t n;
	long pid;

	snprintf(text, sizeof(text), "/proc/self/fdinfo/%d", pidfd);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	p = strstr(text, "\nPid:");
	if (!p)
		return -EBADF;
	pid = strtol(p + 5, NULL, 10);
	/* -1: reaped already; 0: in a pid namespace that this one does not contain. */
	return pid > 0 ? (pid_t)pid : -ESRCH;
}
