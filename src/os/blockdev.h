/* SPDX-License-Identifier: MIT */
#ifndef OS_BLOCKDEV_H
#define OS_BLOCKDEV_H

#include <stdint.h>

#include "base/err.h"

#define BLOCKDEV_PATH_MAX 64

/* What is on a block device, as far as its first 64 KiB tell. */
enum blockdev_content {
	BLOCKDEV_BLANK = 1, /* the first 64 KiB are zero */
	BLOCKDEV_EXT4,	    /* ext2, 3 or 4: the superblock's magic */
	BLOCKDEV_SQUASHFS,
	BLOCKDEV_OTHER /* anything else: not ours to touch */
};

/*
 * Find the block device that @spec names, "/dev/NODE" or "PARTUUID=..." (GPT: the partition's UUID,
 * MBR: disk signature, '-', two digits of partition; upper or lower case), and write its /dev path
 * to @path. Waits for it to appear up to @timeout_ms. /dev and /sys must be mounted. Sleeps and
 * reads disks: only for a child with a deadline.
 * Returns 0, -ENODEV when it did not come (the text lists the block devices that are there), or
 * -EINVAL for a bad @spec.
 */
int blockdev_wait(const char *spec, uint32_t timeout_ms, char path[BLOCKDEV_PATH_MAX],
		  struct err *e);

/*
 * Look at what is on @path; the device is opened read-only. A device shorter than 64 KiB is
 * BLOCKDEV_OTHER. Sleeps.
 * Returns 0 or -errno.
 */
int blockdev_probe(const char *path, enum blockdev_content *content, struct err *e);

/* Room for a PARTUUID. */
#define BLOCKDEV_UUID_MAX 37

/*
 * The PARTUUID of partition @partno (from 1) of the disk @fd, in the kernel's spelling; "" if its
 * GPT or MBR has none. Reads the disk.
 */
void blockdev_partuuid(int fd, unsigned int partno, char text[BLOCKDEV_UUID_MAX]);

/* "blank", "ext4", "squashfs", "something else". */
const char *blockdev_content_name(enum blockdev_content content);

#endif
