/* SPDX-License-Identifier: MIT */
#include "init/move.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "os/dir.h"

#define NEW_ROOT  ".new-root" /* only until the move */
#define DEPTH_MAX 16
#define PAGE	  4096u

/* What the copy takes: the limit of the new file system. */
struct extent {
	uint64_t bytes;
	uint64_t inodes;
};

/* A directory below @dir_fd if it is one and on file system @dev: -1 with errno 0 if not. */
static int open_dir(int dir_fd, const char *name, dev_t dev)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_dev == dev)
		return fd;
	close(fd);
	errno = 0;
	return -1;
}

static int measure(int dir_fd, dev_t dev, unsigned int depth, struct extent *x, struct err *e)
{
	struct dir d;
	const char *name;
	int rc;

	if (depth > DEPTH_MAX)
		return err_set(e, ELOOP, "initramfs: more than %d directories deep", DEPTH_MAX);
	dir_start(&d, dir_fd);
	while ((rc = dir_next(&d, &name)) > 0) {
		struct stat st;

		if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return err_set(e, errno, "initramfs: %s", name);
		x->inodes++;
		if (S_ISREG(st.st_mode))
			x->bytes += ((uint64_t)st.st_size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
		if (S_ISDIR(st.st_mode)) {
			cleanup_fd int sub_fd = open_dir(dir_fd, name, dev);

			rc = sub_fd < 0 ? 0 : measure(sub_fd, dev, depth + 1, x, e);
			if (rc)
				return rc;
		}
	}
	return rc < 0 ? err_set(e, rc, "initramfs: reading a directory") : 0;
}

static int copy_file(int from_dir, const char *from, int to_dir, const char *to, mode_t mode,
		     struct err *e)
{
	cleanup_fd int in_fd = openat(from_dir, from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_fd int out_fd = -1;
	ssize_t n;

	if (in_fd < 0)
		return err_set(e, errno, "copying the initramfs: opening %s", from);
	out_fd = openat(to_dir, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out_fd < 0)
		return err_set(e, errno, "copying the initramfs: making %s", to);
	do {
		n = sendfile(out_fd, in_fd, NULL, 1u << 20);
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return err_set(e, errno, "copying the initramfs: %s", to);
	if (fchmod(out_fd, mode & 07777) < 0)
		return err_set(e, errno, "copying the initramfs: mode of %s", to);
	return 0;
}

static int copy_link(int from_dir, const char *name, int to_dir, struct err *e)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from_dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return err_set(e, errno, "copying the initramfs: link %s", name);
	target[n] = '\0';
	if (symlinkat(target, to_dir, name) < 0)
		return err_set(e, errno, "copying the initramfs: making link %s", name);
	return 0;
}

static int copy_tree(int from_fd, int to_fd, dev_t dev, unsigned int depth, struct err *e);

static int copy_dir(int from_fd, const char *name, int to_fd, mode_t mode, dev_t dev,
		    unsigned int depth, struct err *e)
{
	cleanup_fd int sub_from = open_dir(from_fd, name, dev);
	cleanup_fd int sub_to = -1;

	if (sub_from < 0 && errno)
		return err_set(e, errno, "copying the initramfs: opening %s", name);
	if (mkdirat(to_fd, name, 0700) < 0 && errno != EEXIST)
		return err_set(e, errno, "copying the initramfs: making %s", name);
	sub_to = openat(to_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (sub_to < 0 || fchmod(sub_to, mode & 07777) < 0)
		return err_set(e, errno, "copying the initramfs: directory %s", name);
	/* Something is mounted there already: its mount point is all that comes along. */
	return sub_from < 0 ? 0 : copy_tree(sub_from, sub_to, dev, depth + 1, e);
}

static int copy_tree(int from_fd, int to_fd, dev_t dev, unsigned int depth, struct err *e)
{
	struct dir d;
	const char *name;
	int rc;

	dir_start(&d, from_fd);
	while ((rc = dir_next(&d, &name)) > 0) {
		struct stat st;

		if (depth == 0 && (strcmp(name, NEW_ROOT) == 0 || strcmp(name, "init") == 0))
			continue;
		if (fstatat(from_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return err_set(e, errno, "copying the initramfs: %s", name);
		rc = 0;
		if (S_ISDIR(st.st_mode))
			rc = copy_dir(from_fd, name, to_fd, st.st_mode, dev, depth, e);
		else if (S_ISREG(st.st_mode))
			rc = copy_file(from_fd, name, to_fd, name, st.st_mode, e);
		else if (S_ISLNK(st.st_mode))
			rc = copy_link(from_fd, name, to_fd, e);
		if (rc)
			return rc;
	}
	return rc < 0 ? err_set(e, rc, "copying the initramfs: reading a directory") : 0;
}

/*
 * Remove all below @dir_fd that is on file system @dev. Goes on after a failure; the first one is
 * told.
 */
static int empty(int dir_fd, dev_t dev, unsigned int depth, struct err *e)
{
	struct dir d;
	const char *name;
	int rc, first = 0;

	if (depth > DEPTH_MAX)
		return err_set(e, ELOOP, "emptying the initramfs: more than %d directories deep",
			       DEPTH_MAX);
	dir_start(&d, dir_fd);
	while ((rc = dir_next(&d, &name)) > 0) {
		cleanup_fd int sub_fd = open_dir(dir_fd, name, dev);
		struct err sub = ERR_NONE;

		rc = 0;
		if (sub_fd >= 0)
			rc = empty(sub_fd, dev, depth + 1, &sub);
		/*
		 * A mount point is busy, which is no failure of ours: what is there is not the
		 * initramfs.
		 */
		if (!rc && unlinkat(dir_fd, name, sub_fd >= 0 ? AT_REMOVEDIR : 0) < 0 &&
		    errno != EBUSY && errno != EISDIR)
			rc = err_set(&sub, errno, "emptying the initramfs: %s", name);
		if (rc && !first) {
			first = rc;
			*e = sub;
		}
	}
	if (rc < 0 && !first)
		first = err_set(e, rc, "emptying the initramfs: reading a directory");
	return first;
}

bool move_needed(void)
{
	return getpid() == 1 && access("/init", F_OK) == 0;
}

/* The new file system with all that is to be in it, mounted on /NEW_ROOT. Returns its root's fd. */
static int build_root(int old_fd, dev_t dev, struct err *e)
{
	cleanup_fd int new_fd = -1;
	cleanup_fd int sbin_fd = -1;
	struct extent x = { 0 };
	char options[96];
	int rc;

	rc = measure(old_fd, dev, 0, &x, e);
	if (rc)
		return rc;
	snprintf(options, sizeof(options), "mode=0755,size=%llu,nr_inodes=%llu",
		 (unsigned long long)x.bytes + PAGE, (unsigned long long)x.inodes + 16);
	if (mount("jailinit", "/" NEW_ROOT, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
		return err_set(e, errno, "mounting a tmpfs (%s) on /" NEW_ROOT, options);
	new_fd = open("/" NEW_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (new_fd < 0)
		return err_set(e, errno, "opening /" NEW_ROOT);

	rc = copy_tree(old_fd, new_fd, dev, 0, e);
	if (rc)
		return rc;
	if (mkdirat(new_fd, "sbin", 0755) < 0 && errno != EEXIST)
		return err_set(e, errno, "copying the initramfs: making /sbin");
	sbin_fd = openat(new_fd, "sbin", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (sbin_fd < 0)
		return err_set(e, errno, "copying the initramfs: opening /sbin");
	rc = copy_file(old_fd, "init", sbin_fd, strrchr(MOVE_PROGRAM, '/') + 1, 0755, e);
	return rc ? rc : fd_steal(&new_fd);
}

int move_root(char *const argv[], struct err *e)
{
	cleanup_fd int old_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int new_fd = -1;
	struct stat st;
	int rc;

	if (old_fd < 0 || fstat(old_fd, &st) < 0)
		return err_set(e, errno, "opening the initramfs");
	if (mkdir("/" NEW_ROOT, 0700) < 0 && errno != EEXIST)
		return err_set(e, errno, "making /" NEW_ROOT);
	rc = new_fd = build_root(old_fd, st.st_dev, e);
	if (rc >= 0 && (fchdir(new_fd) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0))
		rc = err_set(e, errno, "moving the new root onto /");
	if (rc < 0) {
		umount2("/" NEW_ROOT, MNT_DETACH);
		rmdir("/" NEW_ROOT);
		return rc;
	}
	/* The root of this process is still the initramfs, the current directory the new root. */
	if (chroot(".") < 0 || chdir("/") < 0)
		return err_set(e, errno, "chroot to the new root");

	rc = empty(old_fd, st.st_dev, 0, e);
	if (mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) < 0 && !rc)
		rc = err_set(e, errno, "making the new root read-only");
	if (rc)
		return rc;
	execv(MOVE_PROGRAM, argv);
	return err_set(e, errno, "exec of " MOVE_PROGRAM);
}
