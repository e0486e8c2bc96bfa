/* SPDX-License-Identifier: MIT */
#include "init/listeners.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/machine.h"

#define BACKLOG 128

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t to_address(const struct listen_addr *l, bool as_ipv4, union address *a)
{
	memset(a, 0, sizeof(*a));
	if (l->family == LISTEN_INET6 && !as_ipv4) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons(l->port);
		memcpy(&a->in6.sin6_addr, l->addr, 16);
		return sizeof(a->in6);
	}
	a->in.sin_family = AF_INET;
	a->in.sin_port = htons(l->port);
	if (!as_ipv4)
		memcpy(&a->in.sin_addr, l->addr, 4);
	return sizeof(a->in);
}

static void name_address(const struct listen_addr *l, char text[64])
{
	char host[INET6_ADDRSTRLEN] = "?";
	bool six = l->family == LISTEN_INET6;

	inet_ntop(six ? AF_INET6 : AF_INET, l->addr, host, sizeof(host));
	snprintf(text, 64, "%s%s%s:%u", six ? "[" : "", host, six ? "]" : "", l->port);
}

static int make_socket(const struct listen_addr *l, int type, struct err *e)
{
	static const uint8_t any[16];
	cleanup_fd int fd = -1;
	union address a;
	char name[64];
	socklen_t len;
	int on = 1;

	name_address(l, name);
	len = to_address(l, false, &a);
	/* Blocking, as systemd passes it: PID 1 never calls anything on it that could wait. */
	fd = socket(a.any.sa_family, type | SOCK_CLOEXEC, 0);
	/* "PORT" means every address; on a kernel without IPv6 these are the IPv4 ones. */
	if (fd < 0 && errno == EAFNOSUPPORT && l->family == LISTEN_INET6 &&
	    !memcmp(l->addr, any, sizeof(any))) {
		len = to_address(l, true, &a);
		fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	}
	if (fd < 0)
		return err_set(e, errno, "socket for %s", name);
	if (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return err_set(e, errno, "SO_REUSEADDR on %s", name);
	if (bind(fd, &a.any, len) < 0)
		return err_set(
			e, errno,
			"bind to %s; is the address there, and does nobody else use the port?",
			name);
	if (type == SOCK_STREAM && listen(fd, BACKLOG) < 0)
		return err_set(e, errno, "listen on %s", name);
	return fd_steal(&fd);
}

/* Is it still what it was made as? */
static bool sound(int fd, int type)
{
	union address peer;
	socklen_t len = sizeof(peer);
	int listening = 0;

	if (type == SOCK_DGRAM)
		return getpeername(fd, &peer.any, &len) < 0 && errno == ENOTCONN;
	len = sizeof(listening);
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening;
}

static int keep_or_make(int *fd, const struct listen_addr *l, int type, struct err *e)
{
	int made;

	if (*fd >= 0 && sound(*fd, type))
		return 0;
	fd_close(fd);
	made = make_socket(l, type, e);
	if (made < 0)
		return made;
	*fd = made;
	return 0;
}

int listeners_make(unsigned int i, struct err *e)
{
	const struct service *s = machine_row(i);
	int *fd = machine.run[i].kit.listen_fd;
	unsigned int n;
	int rc = 0;

	if (s->listen_stream.n + s->listen_datagram.n == 0)
		return 0;
	if (s->network == NETWORK_NONE && !machine.net_deny)
		return err_set(
			e, EOPNOTSUPP,
			"Network=none with sockets: the kernel took no cgroup program that keeps "
			"them from connecting elsewhere (see the start of this report)");
	for (n = 0; !rc && n < s->listen_stream.n; n++)
		rc = keep_or_make(fd++, &s->listen_stream.at[n], SOCK_STREAM, e);
	for (n = 0; !rc && n < s->listen_datagram.n; n++)
		rc = keep_or_make(fd++, &s->listen_datagram.at[n], SOCK_DGRAM, e);
	return rc;
}
