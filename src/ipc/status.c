/* SPDX-License-Identifier: MIT */
#include "ipc/status.h"

#include <errno.h>
#include <unistd.h>

#include "ipc/packet.h"

int status_send_started(int fd, pid_t pid, int pid_fd)
{
	struct launch_status s = { .kind = LAUNCH_STARTED, .pid = pid };

	return packet_send(fd, &s, sizeof(s), pid_fd);
}

int status_send_exited(int fd, pid_t pid, int wait_status)
{
	struct launch_status s = { .kind = LAUNCH_EXITED, .pid = pid, .wait_status = wait_status };

	return packet_send(fd, &s, sizeof(s), -1);
}

int status_recv(int fd, struct launch_status *s, int *pid_fd)
{
	ssize_t n = packet_recv(fd, s, sizeof(*s), pid_fd);

	if (n < 0)
		return (int)n;
	if (n == sizeof(*s) && s->kind == LAUNCH_STARTED && *pid_fd >= 0)
		return 0;
	if (n == sizeof(*s) && s->kind == LAUNCH_EXITED && *pid_fd < 0)
		return 0;
	if (*pid_fd >= 0)
		close(*pid_fd);
	*pid_fd = -1;
	return -EBADMSG;
}
