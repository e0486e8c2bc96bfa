/* SPDX-License-Identifier: MIT */
#ifndef INIT_LISTENERS_H
#define INIT_LISTENERS_H

#include "base/err.h"

/*
 * The sockets of ListenStream= and ListenDatagram= belong to PID 1, which binds them and never
 * accepts, reads or writes on them: a connection waits in the queue while the service restarts.
 */

/*
 * Before each start of row @i: make the sockets that are not there. A socket that is no longer what
 * it was made as is closed and made anew: who holds a listener can shut it down and connect it
 * elsewhere, and a datagram socket can be given a peer. Returns 0 or -errno.
 */
int listeners_make(unsigned int i, struct err *e);

#endif
