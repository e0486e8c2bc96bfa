/* SPDX-License-Identifier: MIT */
#ifndef INIT_DATA_H
#define INIT_DATA_H

#include "conf/table.h"
#include "os/blockdev.h"

#define DATA_DIR      "/data"
#define DATA_SERVICES "/data/services"

/*
 * The writable partition. All of this sleeps: each function is for a child of PID 1 (same mount
 * namespace) with a deadline. The order, decided by PID 1: data_find(); BLOCKDEV_BLANK and
 * DataFormat=yes: the data-format row; BLOCKDEV_EXT4: the data-check row; then data_mount(),
 * data_prepare(), seed_load().
 */
struct data_found {		      /* fixed size, for a pipe */
	uint32_t content;	      /* enum blockdev_content, 0 = not found */
	char path[BLOCKDEV_PATH_MAX]; /* "/dev/vdb" */
};

/*
 * Find DataDevice= within DataTimeoutSec= and look at what is on it. Returns 0 or -errno (-ENODEV:
 * did not come).
 */
int data_find(const struct system_conf *sys, struct data_found *found, struct err *e);

/*
 * Mount ext4 @device on DATA_DIR: nosuid, nodev, noexec, noatime. Mounted already: 0. A device that
 * is not (any more) ext4 is refused. Returns 0 or -errno.
 */
int data_mount(const char *device, struct err *e);

/*
 * Make what PID 1 and the launcher expect there: DATA_DIR/services (0755 root), DATA_DIR/jailinit
 * (0700 root), and for each intact row with StateDirectory=NAME: DATA_DIR/services/NAME with the
 * row's uid, gid and mode. Works by file descriptor and follows no link; what is there and is not a
 * directory is an error and is left alone (a file planted on the partition must not become a way to
 * another path). Contents of a StateDirectory are never walked or chown'ed. Every row is tried;
 * returns 0 or the first -errno.
 */
int data_prepare(const struct table *t, struct err *e);

/* The same below the directory @data_fd. For tests. */
int data_prepare_at(int data_fd, const struct table *t, struct err *e);

/*
 * At shutdown, when every service is gone: sync and unmount; if it is still in use, remount it
 * read-only. Not mounted: 0. Returns 0 or -errno (it may be dirty).
 */
int data_unmount(struct err *e);

#endif
