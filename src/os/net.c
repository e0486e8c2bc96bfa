/* SPDX-License-Identifier: MIT */
#include "os/net.h"

#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/fd.h"

int net_lo_up(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING };
	/* Any socket will do; this family every kernel has. */
	cleanup_fd int socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (socket_fd < 0 || ioctl(socket_fd, SIOCSIFFLAGS, &lo) < 0)
		return -errno;
	return 0;
}
