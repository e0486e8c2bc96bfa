/* SPDX-License-Identifier: MIT */
#ifndef INIT_MOVE_H
#define INIT_MOVE_H

#include <stdbool.h>

#include "base/err.h"

/* What PID 1 is called once it has moved. */
#define MOVE_PROGRAM "/sbin/jailinit"

/*
 * Is this process 1 and still on the initramfs (there is an /init)? After the move there is none.
 */
bool move_needed(void);

/*
 * PID 1's first act. pivot_root(2) refuses while the initramfs is the root, and what stays at the
 * bottom of every jail's mount tree can be found from inside (umount2("/", MNT_DETACH) and setns).
 * So: copy the initramfs (every regular file becomes an inode of its own, /init becomes
 * MOVE_PROGRAM) to a new tmpfs whose size limit is what was copied, move that mount onto /, chroot
 * onto it, empty the initramfs, make the tmpfs read-only, and execv MOVE_PROGRAM with @argv, so
 * that the last pages of the initramfs are freed. Nothing needs to be mounted before. Standard
 * input, output and error are kept. Device nodes are not copied: devtmpfs comes next.
 *
 * Returns only on failure, -errno with @e, and PID 1 goes on. If nothing was moved yet, the
 * initramfs is as it was (jails cannot be built there; each says so). Later, a part of the
 * initramfs may be left, or the root writable, and its pages are not freed. mount_namespaces(7),
 * Linux Documentation/filesystems/ramfs-rootfs-initramfs.rst.
 */
int move_root(char *const argv[], struct err *e);

#endif
