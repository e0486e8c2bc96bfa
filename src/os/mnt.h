/* SPDX-License-Identifier: MIT */
#ifndef OS_MNT_H
#define OS_MNT_H

#include <stdint.h>
#include <sys/mount.h>
#ifndef __GLIBC__
#include <linux/mount.h> /* glibc's header has the same, and cannot be included beside it */
#endif

/*
 * Mounting by file descriptor: fsopen(2), open_tree(2), move_mount(2), mount_setattr(2),
 * pivot_root(2). A mount is made detached, gets its attributes, and is attached when it is ready:
 * nobody ever sees it half made. All return an fd (O_CLOEXEC, the caller's to close) or 0, else
 * -errno; errno itself means nothing afterwards.
 */

/*
 * A detached bind mount of @path below @dir_fd (or AT_FDCWD), without what is mounted beneath it;
 * "" is @dir_fd itself. A symbolic link as last component is not followed. Returns the mount's fd.
 */
int mnt_clone(int dir_fd, const char *path);

/* Set @attrs (MOUNT_ATTR_*) on the mount @mount_fd; those that it has already stay. */
int mnt_set_attrs(int mount_fd, uint64_t attrs);

/* Attach the detached mount @mount_fd at @path below @dir_fd; "" is @dir_fd itself. Links are not
 * followed. */
int mnt_attach(int mount_fd, int dir_fd, const char *path);

/* No mount event goes from this mount namespace to another or comes from there. */
int mnt_make_private(void);

/*
 * Make the current directory, which has to be the root of a mount, the root of this mount
 * namespace, and detach the old root with all that is mounted there. The current directory is then
 * the new "/".
 */
int mnt_pivot_here(void);

/* Begin a new file system of @type, as fsopen(2). Returns the context's fd. */
int mnt_fs_open(const char *type);

/* Set option @key of a context to @value; NULL: a flag without value. */
int mnt_fs_set(int fs_fd, const char *key, const char *value);

/* Make the file system of a context, detached, with mount attributes @attrs. Returns the mount's
 * fd. */
int mnt_fs_mount(int fs_fd, uint64_t attrs);

#endif
