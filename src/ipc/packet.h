/* SPDX-License-Identifier: MIT */
#ifndef IPC_PACKET_H
#define IPC_PACKET_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Messages between our own processes: SOCK_SEQPACKET socketpairs, so that a message is whole or not
 * there, with at most one file descriptor along (SCM_RIGHTS). unix(7), recvmsg(2), cmsg(3).
 */

/*
 * Send @size bytes, with a copy of @pass_fd unless it is -1. Never blocks, never raises SIGPIPE.
 * Returns 0 or -errno: -EAGAIN when the peer does not read, -EPIPE when it is gone.
 */
int packet_send(int fd, const void *msg, size_t size, int pass_fd);

/*
 * Receive one message of at most @size bytes into @buf. *@got_fd becomes the fd that came along
 * (O_CLOEXEC, the caller's to close) or -1; @got_fd NULL: none is wanted. Never blocks. Returns the
 * length (> 0), or
 *   -EAGAIN   nothing there
 *   -EPIPE    the peer closed its end
 *   -EBADMSG  a message was dropped: empty, longer than @size, with more than one fd or with one
 *             that is not wanted (they are closed). To be counted; the next may be sound
 * or another -errno of recvmsg(2). Whatever is sent, no fd stays open behind the caller's back.
 */
ssize_t packet_recv(int fd, void *buf, size_t size, int *got_fd);

#endif
