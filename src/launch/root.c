/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "launch/jail.h"
#include "os/mnt.h"

#define READ_ONLY (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
#define WRITABLE  (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* An inode costs the kernel memory although it has no pages: one per page of the size, but never
 * too few. */
#define MEMORY_BYTES_PER_INODE 4096
#define MEMORY_INODES_MIN      256

/* What stands in the jail's own memory file system; the first three and shm are mounted, each at
 * its place. */
static const struct {
	const char *path;
	mode_t mode;
} memory_dirs[] = {
	{ "tmp", 01777 },    { "run", 0755 },	    { "var", 0755 },
	{ "shm", 01777 },    { "run/lock", 01777 }, { "var/cache", 0755 },
	{ "var/lib", 0755 }, { "var/log", 0755 },   { "var/tmp", 01777 },
};

int jail_bind(const struct bind *b, struct err *e)
{
	cleanup_fd int mount_fd = mnt_clone(b->from_fd, b->from);
	int rc;

	if (mount_fd < 0)
		return err_set(e, mount_fd, "bind %s: open it", b->from_name);
	rc = b->attrs ? mnt_set_attrs(mount_fd, b->attrs) : 0;
	if (rc < 0)
		return err_set(e, rc, "bind %s: set its mount attributes", b->from_name);
	rc = mnt_attach(mount_fd, b->to_fd, b->to);
	if (rc < 0)
		return err_set(e, rc, "bind %s: attach it at /%s of the jail", b->from_name, b->to);
	return 0;
}

int step_firmware(struct jail *j, struct err *e)
{
	const char *path = j->record->firmware;

	j->firmware_fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (j->firmware_fd < 0)
		return err_set(e, errno, "open the firmware %s", path);
	return 0;
}

/* A new tmpfs at each start, so that nothing a jail wrote lives on. Returns its mount fd or -errno
 * with @e. */
static int memory_make(uint64_t size, struct err *e)
{
	cleanup_fd int fs_fd = mnt_fs_open("tmpfs");
	uint64_t inodes = size / MEMORY_BYTES_PER_INODE;
	char size_text[24], inodes_text[24];
	int rc;

	if (fs_fd < 0)
		return err_set(e, fs_fd, "memory file system: fsopen tmpfs");
	snprintf(size_text, sizeof(size_text), "%" PRIu64, size);
	snprintf(inodes_text, sizeof(inodes_text), "%" PRIu64,
		 inodes < MEMORY_INODES_MIN ? MEMORY_INODES_MIN : inodes);
	rc = mnt_fs_set(fs_fd, "size", size_text);
	if (rc == 0)
		rc = mnt_fs_set(fs_fd, "nr_inodes", inodes_text);
	if (rc == 0)
		rc = mnt_fs_set(fs_fd, "mode", "0755");
	if (rc < 0)
		return err_set(e, rc, "memory file system: size=%s,nr_inodes=%s (TmpfsSizeMax=)",
			       size_text, inodes_text);
	rc = mnt_fs_mount(fs_fd, WRITABLE);
	if (rc < 0)
		return err_set(e, rc, "memory file system: make it");
	return rc;
}

/*
 * It is attached on the building site, because a part of a file system can be bound from an
 * attached one only (before Linux 6.15), and goes away with the old root.
 */
int step_memory(struct jail *j, struct err *e)
{
	int rc;

	j->memory_fd = memory_make(j->service->tmpfs_size_max, e);
	if (j->memory_fd < 0)
		return j->memory_fd;
	for (size_t i = 0; i < sizeof(memory_dirs) / sizeof(memory_dirs[0]); i++)
		if (mkdirat(j->memory_fd, memory_dirs[i].path, memory_dirs[i].mode) < 0)
			return err_set(e, errno, "memory file system: make %s",
				       memory_dirs[i].path);
	if (symlinkat("/run", j->memory_fd, "var/run") < 0)
		return err_set(e, errno, "memory file system: link var/run");
	rc = mnt_attach(j->memory_fd, AT_FDCWD, j->record->staging);
	if (rc < 0)
		return err_set(e, rc, "memory file system: attach it at %s", j->record->staging);
	return 0;
}

int step_view(struct jail *j, struct err *e)
{
	char path[sizeof("views/") + SERVICE_NAME_MAX];
	int rc;

	snprintf(path, sizeof(path), "views/%s", j->service->name);
	j->root_fd = mnt_clone(j->firmware_fd, path);
	if (j->root_fd < 0)
		return err_set(e, j->root_fd, "open the view %s/%s", j->record->firmware, path);
	if (fstat(j->root_fd, &j->root_stat) < 0)
		return err_set(e, errno, "look at the view %s/%s", j->record->firmware, path);
	if (!S_ISDIR(j->root_stat.st_mode))
		return err_set(e, ENOTDIR, "the view %s/%s", j->record->firmware, path);
	rc = mnt_set_attrs(j->root_fd, READ_ONLY);
	if (rc < 0)
		return err_set(e, rc, "make the view %s/%s read-only", j->record->firmware, path);
	rc = mnt_attach(j->root_fd, AT_FDCWD, j->record->staging);
	if (rc < 0)
		return err_set(e, rc, "attach the view %s/%s at %s", j->record->firmware, path,
			       j->record->staging);
	return 0;
}

int step_usr(struct jail *j, struct err *e)
{
	char name[LAUNCH_PATH_MAX + sizeof("/usr")];

	snprintf(name, sizeof(name), "%s/usr", j->record->firmware);
	return jail_bind(
		&(struct bind){ j->firmware_fd, "usr", name, READ_ONLY, j->root_fd, "usr" }, e);
}

int step_writable(struct jail *j, struct err *e)
{
	static const char *const places[] = { "tmp", "run", "var" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int rc = jail_bind(&(struct bind){ j->memory_fd, places[i], places[i], 0,
						   j->root_fd, places[i] },
				   e);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/*
 * Only /proc/PID of the jail's own processes, and nothing of it writable: not /proc/self/mem, which
 * writes through read-only memory, nor any file that a later kernel puts there.
 */
int step_proc(struct jail *j, struct err *e)
{
	cleanup_fd int fs_fd = mnt_fs_open("proc");
	cleanup_fd int mount_fd = -1;
	int rc;

	if (fs_fd < 0)
		return err_set(e, fs_fd, "/proc: fsopen proc");
	rc = mnt_fs_set(fs_fd, "subset", "pid");
	if (rc == 0)
		rc = mnt_fs_set(fs_fd, "hidepid", "invisible");
	if (rc < 0)
		return err_set(e, rc, "/proc: subset=pid,hidepid=invisible (Linux 5.8)");
	mount_fd = mnt_fs_mount(fs_fd, WRITABLE | MOUNT_ATTR_RDONLY);
	if (mount_fd < 0)
		return err_set(e, mount_fd, "/proc: make it");
	rc = mnt_attach(mount_fd, j->root_fd, "proc");
	if (rc < 0)
		return err_set(e, rc, "/proc: attach it at /proc of the jail");
	return 0;
}

int step_pivot(struct jail *j, struct err *e)
{
	int rc;

	if (fchdir(j->root_fd) < 0)
		return err_set(e, errno, "enter the jail's root");
	rc = mnt_pivot_here();
	if (rc < 0)
		return err_set(e, rc, "pivot_root to the jail's root and detach the old one");
	if (chdir("/") < 0)
		return err_set(e, errno, "change to / of the jail");
	/* These still lead to what was there before. */
	fd_close(&j->firmware_fd);
	fd_close(&j->memory_fd);
	fd_close(&j->root_fd);
	return 0;
}

int step_verify_root(struct jail *j, struct err *e)
{
	struct stat root, cwd, up;
	char path[8];

	if (stat("/", &root) < 0 || stat(".", &cwd) < 0 || stat("..", &up) < 0)
		return err_set(e, errno, "look at / of the jail");
	if (root.st_dev != j->root_stat.st_dev || root.st_ino != j->root_stat.st_ino)
		return err_set(e, EXDEV, "/ of the jail is not its view");
	/* The call itself: the library's getcwd() brings an allocator with it. */
	if (cwd.st_dev != root.st_dev || cwd.st_ino != root.st_ino || up.st_dev != root.st_dev ||
	    up.st_ino != root.st_ino || syscall(SYS_getcwd, path, sizeof(path)) < 0 ||
	    strcmp(path, "/") != 0)
		return err_set(e, EXDEV,
			       "the current directory is not / of the jail, or there is something "
			       "above it");
	return 0;
}
