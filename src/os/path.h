/* SPDX-License-Identifier: MIT */
#ifndef OS_PATH_H
#define OS_PATH_H

#include <sys/types.h>

/*
 * Paths that somebody else may have had a hand in, opened with openat2(2) so that neither a
 * symbolic link nor
 * ".." leads out. All return an fd (O_CLOEXEC added, the caller's to close) or -errno.
 */

/* @path below @dir_fd: no link at any place, no step outside, no other file system. */
int path_open_beneath(int dir_fd, const char *path, int flags);

/* @path as a process whose root is @dir_fd would find it: links are followed inside. */
int path_open_in_root(int dir_fd, const char *path, int flags);

/* As path_open_in_root(), but a symbolic link at any place is -ELOOP. */
int path_open_plain(int dir_fd, const char *path, int flags);

#endif
