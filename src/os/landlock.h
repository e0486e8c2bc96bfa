/* SPDX-License-Identifier: MIT */
#ifndef OS_LANDLOCK_H
#define OS_LANDLOCK_H

#include "base/err.h"

/* What each ABI version added, as far as it is used here. */
enum landlock_abi {
	LANDLOCK_ABI_NET = 4,  /* TCP bind and connect (Linux 6.7) */
	LANDLOCK_ABI_SCOPE = 6 /* abstract unix sockets and signals (Linux 6.12) */
};

/*
 * The Landlock ABI version of the running kernel, 0 if it has none (not built in, or not in lsm=).
 * Changes nothing. See landlock_create_ruleset(2), LANDLOCK_CREATE_RULESET_VERSION.
 */
int landlock_probe(void);

/*
 * From now on the calling thread and what it starts can neither bind nor connect a TCP socket,
 * whatever network namespace the socket belongs to: a listening socket that was handed into a jail
 * without network stays a listening socket. accept() and all that is connected already go on
 * working. Where the kernel can (LANDLOCK_ABI_SCOPE), abstract unix sockets and signals outside the
 * caller's own domain are closed too.
 *
 * It is one wall of two (the other: os/bpf.h, net deny): some kernels do not ask Landlock about
 * sendto(MSG_FASTOPEN). Needs no_new_privs or CAP_SYS_ADMIN. Returns 0 or -errno; -ENOSYS when the
 * ABI is older than LANDLOCK_ABI_NET, with nothing restricted: the caller decides what that means
 * for the row.
 */
int landlock_deny_tcp(struct err *e);

/*
 * From now on the calling thread and what it starts reach no abstract unix socket and signal no
 * process but those of their own: abstract names belong to the network namespace, so in a shared one
 * they are everybody's. Needs no_new_privs or CAP_SYS_ADMIN. Returns 0 or -errno; -ENOSYS when the
 * ABI is older than LANDLOCK_ABI_SCOPE, with nothing restricted.
 */
int landlock_scope(struct err *e);

#endif
