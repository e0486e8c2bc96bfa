/* SPDX-License-Identifier: MIT */
#include "os/mnt.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* No wrappers of the C library: musl has none for most of these calls. */
static int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

int mnt_clone(int dir_fd, const char *path)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW;

	if (!path[0])
		flags |= AT_EMPTY_PATH;
	return result(syscall(SYS_open_tree, dir_fd, path, flags));
}

int mnt_set_attrs(int mount_fd, uint64_t attrs)
{
	struct mount_attr attr = { .attr_set = attrs };

	return result(syscall(SYS_mount_setattr, mount_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)));
}

int mnt_attach(int mount_fd, int dir_fd, const char *path)
{
	unsigned int flags = MOVE_MOUNT_F_EMPTY_PATH;

	if (!path[0])
		flags |= MOVE_MOUNT_T_EMPTY_PATH;
	return result(syscall(SYS_move_mount, mount_fd, "", dir_fd, path, flags));
}

int mnt_make_private(void)
{
	struct mount_attr attr = { .propagation = MS_PRIVATE };

	return result(syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)));
}

int mnt_pivot_here(void)
{
	/*
	 * With one directory for both, the old root ends up mounted on top of the new one, and "."
	 * is what it is taken off again by; see NOTES of pivot_root(2).
	 */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return -errno;
	return result(umount2(".", MNT_DETACH));
}

int mnt_fs_open(const char *type)
{
	return result(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
}

int mnt_fs_set(int fs_fd, const char *key, const char *value)
{
	return result(syscall(SYS_fsconfig, fs_fd, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
			      key, value, 0));
}

int mnt_fs_mount(int fs_fd, uint64_t attrs)
{
	if (syscall(SYS_fsconfig, fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	return result(syscall(SYS_fsmount, fs_fd, FSMOUNT_CLOEXEC, (unsigned int)attrs));
}
