/* SPDX-License-Identifier: MIT */
#ifndef OS_BPF_H
#define OS_BPF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Programs of a cgroup, assembled here by hand: no compiler and no library on the device. Once
 * attached they stay with the cgroup, whatever happens to the process that attached them. A program
 * is attached exclusively: nothing below that cgroup can attach another of its kind, and attaching
 * again replaces it. Linux 5.15 or newer with CONFIG_CGROUP_BPF; the caller needs CAP_SYS_ADMIN (or
 * CAP_BPF and CAP_NET_ADMIN).
 */

enum bpf_feature {
	BPF_FEATURE_NET = 1,	/* bpf_attach_net_deny() can work here */
	BPF_FEATURE_DEVICES = 2 /* bpf_attach_devices() can work here */
};

/*
 * Which of the programs the running kernel accepts (they are loaded and dropped; nothing is
 * attached).
 */
unsigned int bpf_probe(void);

/*
 * How many peers of all datagram sockets are remembered; the one not heard of for longest is
 * forgotten first.
 */
#define BPF_PEERS_MAX 2048

/*
 * Sockets born in this cgroup can be listened on and answered on, and nothing else:
 *	connect (TCP, UDP, also sendto(MSG_FASTOPEN)): EPERM
 *	bind: EPERM, but not for tasks that are in this very cgroup
 *	sendto or sendmsg with an address: EPERM, unless a datagram from exactly that address and
 *	    port came in on exactly this socket: answers go out, nothing else does
 *	accept, and all of a connected TCP stream: free
 *	AF_UNIX: free (other hooks)
 *
 * For @cgroup_fd take the cgroup PID 1 itself lives in, and attach before the first listener is
 * made. A socket belongs for good to the cgroup of the task that made it, whoever holds it later;
 * and a stream that is accepted belongs to the cgroup of its listener. So a program on the cgroup
 * of the *service* would never see the sockets that PID 1 passes to it, and one program on PID 1's
 * covers all rows. PID 1 itself can still make a listener anew.
 *
 * A server must ask for the sender's address (recvfrom, recvmsg) to be able to answer: all that
 * serve datagrams do. Returns 0 or -errno; then some of the programs may be attached: do not start
 * what depends on them.
 */
int bpf_attach_net_deny(int cgroup_fd, struct err *e);

enum devrule_type { DEVRULE_BLOCK = 1, DEVRULE_CHAR = 2 };
enum { DEVRULE_READ = 2, DEVRULE_WRITE = 4 };
#define DEVRULE_ANY_MINOR UINT32_MAX

/* A device that a cgroup's tasks may open. */
struct devrule {
	uint8_t type;	/* enum devrule_type */
	uint8_t access; /* DEVRULE_READ | DEVRULE_WRITE */
	uint32_t major;
	uint32_t minor; /* or DEVRULE_ANY_MINOR */
};
#define DEVRULES_MAX 32

/*
 * Tasks in this cgroup may open null, zero, full, random, urandom, tty (5:0), with @pty also ptmx
 * (5:2) and all pts (136:*), and the @n devices of @rule with the access given there. Everything
 * else is EPERM. mknod is let through for these same devices and no other, because the launcher
 * makes the jail's /dev from inside its cgroup; the service itself has no CAP_MKNOD and no file
 * system without nodev. Returns 0 or -errno with @e filled in.
 */
int bpf_attach_devices(int cgroup_fd, const struct devrule *rule, unsigned int n, bool pty,
		       struct err *e);

#endif
