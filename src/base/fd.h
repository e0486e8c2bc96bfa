/* SPDX-License-Identifier: MIT */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Close *@fd if it is >= 0 and set it to -1; errno is kept. Never retried on EINTR: Linux has
 * closed it by then.
 */
void fd_close(int *fd);

/* cleanup_fd int x_fd = -1;	closed when the scope is left */
#define cleanup_fd __attribute__((cleanup(fd_close)))

/* Take the fd out of a cleanup_fd variable, which becomes -1: return fd_steal(&x_fd); */
static inline int fd_steal(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/*
 * Read @n bytes, going on after short reads and EINTR. Returns the bytes read, less than @n only at
 * the end of the file, or -errno (EAGAIN of a non-blocking fd included; what was read until then is
 * lost). See read(2).
 */
ssize_t fd_read_full(int fd, void *buf, size_t n);

/* Write all @n bytes, going on after short writes and EINTR. Returns 0 or -errno. See write(2). */
int fd_write_full(int fd, const void *buf, size_t n);

/*
 * Read the whole file @path (relative to @dir_fd, or AT_FDCWD; see openat(2)) into @buf and put a
 * NUL after it.
 * Returns its length, at most @size - 1, or -errno with @e: -EFBIG if it is longer, -EINVAL if it
 * is a directory or something else one cannot read to an end of (only regular files, those of /proc
 * and /sys included, are read).
 */
ssize_t fd_read_file_bounded(int dir_fd, const char *path, char *buf, size_t size, struct err *e);

#endif
