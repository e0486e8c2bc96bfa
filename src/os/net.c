/* SPDX-License-Identifier: MIT */
#include "os/net.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

int net_lo_up_socket(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING };
	cleanup_fd int socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (socket_fd < 0 || ioctl(socket_fd, SIOCSIFFLAGS, &lo) < 0)
		return -errno;
	return fd_steal(&socket_fd);
}

int net_lo_up(void)
{
	cleanup_fd int socket_fd = net_lo_up_socket();

	return socket_fd < 0 ? socket_fd : 0;
}

int net_namespace_of(int socket_fd)
{
	int fd = ioctl(socket_fd, SIOCGSKNS);

	return fd < 0 ? -errno : fd;
}
