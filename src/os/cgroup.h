/* SPDX-License-Identifier: MIT */
#ifndef OS_CGROUP_H
#define OS_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* cgroup v2, by directory fd. Linux Documentation/admin-guide/cgroup-v2.rst. */

/* Open the directory @path of the hierarchy. Returns an fd the caller owns, or -errno. */
int cgroup_open(const char *path, struct err *e);

/* Make (or find) the child @name of @parent_fd. Returns its fd, or -errno. */
int cgroup_make(int parent_fd, const char *name, struct err *e);

/*
 * Write @value to file @file of the cgroup, in one write(2). @file is named in @e, and what the
 * kernel said. Returns 0 or -errno; -ENOENT when this kernel has no such file.
 */
int cgroup_write(int cgroup_fd, const char *file, const char *value, struct err *e);

/*
 * Hand the controllers cpu, io, memory and pids on to the children of this cgroup. Each is tried;
 * what this kernel does not have is listed in @e. Returns 0 or -errno.
 */
int cgroup_delegate(int cgroup_fd, struct err *e);

/*
 * Open cgroup.events. poll(2) tells of a change by POLLPRI, until it is read again. Returns an fd
 * the caller owns, or -errno.
 */
int cgroup_events_open(int cgroup_fd, struct err *e);

/*
 * Is there a live process in the cgroup or below? Returns 1, 0 or -errno; clears POLLPRI. A zombie
 * counts as long as the kernel counts it.
 */
int cgroup_events_populated(int events_fd);

/*
 * The number behind @key in a file of "KEY NUMBER" lines, for example oom_kill of memory.events.
 * Returns 0 or -errno; -ENOENT when there is no such file or line.
 */
int cgroup_read_count(int cgroup_fd, const char *file, const char *key, uint64_t *value);

/*
 * SIGKILL to everything in the cgroup, also to what forks while it is done (cgroup.kill,
 * since 5.14). Returns 0 or -errno.
 */
int cgroup_kill(int cgroup_fd, struct err *e);

#endif
