/* SPDX-License-Identifier: MIT */
#ifndef OS_PIDFD_H
#define OS_PIDFD_H

#include <sys/types.h>

/* pidfd_send_signal(2). Returns 0 or -errno (-ESRCH: it has ended). */
int pidfd_signal(int pidfd, int sig);

/*
 * The pid of the process behind @pidfd as this process sees it, from /proc/self/fdinfo. Returns
 * -errno; -ESRCH when it has ended or is not visible from here, -EBADF when the fd is no pidfd.
 */
pid_t pidfd_pid(int pidfd);

#endif
