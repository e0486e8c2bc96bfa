/* SPDX-License-Identifier: MIT */
#ifndef INIT_MOUNTS_H
#define INIT_MOUNTS_H

#include <stdbool.h>

#include "init/report.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

/*
 * Mount /proc, /sys, /dev (devtmpfs), /dev/pts, /run (tmpfs, size-limited) and cgroup2 on
 * CGROUP_ROOT, each with the tightest flags it works with, and make /run/services and /run/jail.
 * What is mounted already is left as it is. Each failure is reported with REPORT_WARNING and the
 * rest is tried all the same. None of these can sleep on a device.
 * Returns 0, or the first failure's -errno.
 */
int mounts_early(const struct report *r);

/* Is something mounted on @path? statx(2) STATX_ATTR_MOUNT_ROOT, Linux 5.8. */
bool mounts_has(const char *path);

#endif
