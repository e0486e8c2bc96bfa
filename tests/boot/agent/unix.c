/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent.h"

int unix_main(int argc, char **argv)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char buf[65536];
	ssize_t n;

	if (argc != 2 || (size_t)snprintf(a.sun_path, sizeof(a.sun_path), "%s", argv[1]) >= sizeof(a.sun_path)) {
		fprintf(stderr, "usage: agent unix PATH\n");
		return 2;
	}
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		perror(argv[1]);
		return 1;
	}
	while ((n = read(0, buf, sizeof(buf))) > 0)
		if (io_write_all(fd, buf, (size_t)n))
			return 1;
	/* Not shut down for writing: some servers take that for the end of the client. */
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		io_write_all(1, buf, (size_t)n);
	return n < 0;
}
