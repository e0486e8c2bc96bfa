/* SPDX-License-Identifier: MIT */
#ifndef OS_NET_H
#define OS_NET_H

/* Bring up lo in the network namespace of the calling thread (netdevice(7)). Returns 0 or -errno.
 */
int net_lo_up(void);

#endif
