/* SPDX-License-Identifier: MIT */
#ifndef OS_NET_H
#define OS_NET_H

/* Bring up lo in the network namespace of the calling thread (netdevice(7)). Returns 0 or -errno.
 */
int net_lo_up(void);

/*
 * The same, and keep the socket it was done with: it holds the network namespace, which setns(2)
 * enters by the fd of net_namespace_of(). Returns the socket (O_CLOEXEC, the caller's to close) or
 * -errno.
 */
int net_lo_up_socket(void);

/* An fd of the network namespace that @socket_fd was made in (SIOCGSKNS, Linux 4.9), or -errno. */
int net_namespace_of(int socket_fd);

#endif
