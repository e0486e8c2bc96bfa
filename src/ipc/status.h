/* SPDX-License-Identifier: MIT */
#ifndef IPC_STATUS_H
#define IPC_STATUS_H

#include "ipc/launch.h"

/*
 * The launcher's side of LAUNCH_FD_STATUS. @pid is the service's pid inside the jail, @pid_fd its
 * pidfd (stays the caller's). Returns 0 or -errno; never blocks.
 */
int status_send_started(int fd, pid_t pid, int pid_fd);
int status_send_exited(int fd, pid_t pid, int wait_status);

/*
 * PID 1's side: one message into @s. *@pid_fd becomes the service's pidfd with LAUNCH_STARTED
 * (O_CLOEXEC, the caller's), else -1. Returns 0, -EAGAIN (nothing there), -EPIPE (the launcher is
 * gone), -EBADMSG (dropped, count it: wrong size, kind or fds), or another -errno. Never blocks.
 */
int status_recv(int fd, struct launch_status *s, int *pid_fd);

#endif
