/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

static char answer[65536];

static void serve(int fd)
{
	char line[4096];
	size_t have = 0;
	ssize_t n;

	while ((n = read(fd, line + have, sizeof(line) - 1 - have)) > 0) {
		have += (size_t)n;
		line[have] = 0;
		for (char *end; (end = strchr(line, '\n'));) {
			*end = 0;
			command_run(line, answer, sizeof(answer) - 1);
			strcat(answer, "\n");
			if (write(fd, answer, strlen(answer)) < 0)
				return;
			have -= (size_t)(end + 1 - line);
			memmove(line, end + 1, have + 1);
		}
	}
}

int captive_serve(int listen_fd, int udp_fd)
{
	passed_tcp_fd = listen_fd;
	passed_udp_fd = udp_fd;
	printf("captive: serving\n");
	for (;;) {
		int fd = accept(listen_fd, NULL, NULL);

		if (fd < 0 && errno == EINTR)
			continue;
		if (fd < 0) {
			/* After the attack it is no listening socket any more: nothing more to do but stay. */
			printf("captive: accept: %s\n", strerror(errno));
			for (;;)
				pause();
		}
		serve(fd);
		close(fd);
	}
}
