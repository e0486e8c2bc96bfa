/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "launch/jail.h"
#include "os/mnt.h"

#define DEV_ATTRS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)
#define PTYS_MAX  "64"

/* Made anew, never bound from the machine's /dev: a jail gets its own inode with its own owner. */
static const struct {
	const char *name;
	unsigned int minor_number, major_number;
} nodes[] = {
	{ "null", 3, 1 },   { "zero", 5, 1 },	 { "full", 7, 1 },
	{ "random", 8, 1 }, { "urandom", 9, 1 }, { "tty", 0, 5 },
};

static const struct {
	const char *name;
	const char *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

/*
 * O_NONBLOCK: a serial line without a peer would keep us waiting. O_NOCTTY: it becomes the
 * controlling terminal of the program's session, not ours.
 */
int step_tty(struct jail *j, struct err *e)
{
	const char *path = service_str(j->service, j->service->tty_path);
	int flags;

	if (!path[0])
		return 0;
	j->tty_fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (j->tty_fd < 0)
		return err_set(e, errno, "open %s (TTYPath=)", path);
	if (!isatty(j->tty_fd))
		return err_set(e, ENOTTY, "%s (TTYPath=) is not a terminal", path);
	flags = fcntl(j->tty_fd, F_GETFL);
	if (flags < 0 || fcntl(j->tty_fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return err_set(e, errno, "make %s (TTYPath=) blocking again", path);
	return 0;
}

/* The directories above the node @name ("net/tun"). */
static int make_parents(int dev_fd, const char *name)
{
	char path[LINE_MAX_BYTES];

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(path, sizeof(path), "%.*s", (int)(slash - name), name);
		if (mkdirat(dev_fd, path, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* A node like the machine's own @path ("/dev/NAME"), for the row's uid, opened as @access says and
 * no more. */
static int make_device(const struct jail *j, int dev_fd, const char *path, unsigned int access,
		       struct err *e)
{
	const char *name = path + strlen("/dev/");
	mode_t mode = (access & DEV_READ ? 0400u : 0u) | (access & DEV_WRITE ? 0200u : 0u);
	struct stat st;
	int rc;

	if (!str_starts(path, "/dev/") || !name[0])
		return err_set(e, EINVAL, "device %s: wanted /dev/NODE", path);
	if (stat(path, &st) < 0)
		return err_set(e, errno, "device %s: look at it", path);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(e, ENODEV, "device %s: it is neither a character nor a block device",
			       path);
	rc = make_parents(dev_fd, name);
	if (rc < 0)
		return err_set(e, rc, "device %s: make the directories above it", path);
	if (mknodat(dev_fd, name, (st.st_mode & S_IFMT) | mode, st.st_rdev) < 0)
		return err_set(e, errno, "device %s: make the node", path);
	if (fchownat(dev_fd, name, j->service->uid, j->service->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "device %s: give it to uid %u", path, j->service->uid);
	return 0;
}

static int make_nodes(const struct jail *j, int dev_fd, struct err *e)
{
	const struct service *s = j->service;
	const char *tty = service_str(s, s->tty_path);
	int rc = 0;

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		if (mknodat(dev_fd, nodes[i].name, S_IFCHR | 0666,
			    makedev(nodes[i].major_number, nodes[i].minor_number)) < 0)
			return err_set(e, errno, "/dev: make the node %s", nodes[i].name);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlinkat(links[i].target, dev_fd, links[i].name) < 0)
			return err_set(e, errno, "/dev: make the link %s", links[i].name);
	for (unsigned int i = 0; i < s->device_allow.n && rc == 0; i++)
		rc = make_device(j, dev_fd, service_str(s, s->device_allow.at[i].path),
				 s->device_allow.at[i].access, e);
	if (rc == 0 && str_starts(tty, "/dev/"))
		rc = make_device(j, dev_fd, tty, DEV_READ | DEV_WRITE, e);
	return rc;
}

/* Terminals of the jail's own: no other jail's and not the machine's are in there. */
static int make_pts(const struct jail *j, int dev_fd, struct err *e)
{
	cleanup_fd int fs_fd = -1;
	cleanup_fd int mount_fd = -1;
	int rc;

	if (symlinkat("pts/ptmx", dev_fd, "ptmx") < 0)
		return err_set(e, errno, "/dev/pts: make the link /dev/ptmx");
	fs_fd = mnt_fs_open("devpts");
	if (fs_fd < 0)
		return err_set(e, fs_fd, "/dev/pts: fsopen devpts (Pty=yes)");
	rc = mnt_fs_set(fs_fd, "ptmxmode", "0666");
	if (rc == 0)
		rc = mnt_fs_set(fs_fd, "mode", "0620");
	if (rc == 0)
		rc = mnt_fs_set(fs_fd, "max", PTYS_MAX);
	if (rc < 0)
		return err_set(e, rc, "/dev/pts: ptmxmode=0666,mode=0620,max=" PTYS_MAX);
	mount_fd = mnt_fs_mount(fs_fd, DEV_ATTRS);
	if (mount_fd < 0)
		return err_set(e, mount_fd, "/dev/pts: make it");
	rc = mnt_attach(mount_fd, j->root_fd, "dev/pts");
	if (rc < 0)
		return err_set(e, rc, "/dev/pts: attach it at /dev/pts of the jail");
	return 0;
}

static int dev_make(struct err *e)
{
	cleanup_fd int fs_fd = mnt_fs_open("tmpfs");
	int rc;

	if (fs_fd < 0)
		return err_set(e, fs_fd, "/dev: fsopen tmpfs");
	rc = mnt_fs_set(fs_fd, "size", "64k");
	if (rc == 0)
		rc = mnt_fs_set(fs_fd, "mode", "0755");
	if (rc < 0)
		return err_set(e, rc, "/dev: size=64k,mode=0755");
	rc = mnt_fs_mount(fs_fd, DEV_ATTRS);
	if (rc < 0)
		return err_set(e, rc, "/dev: make it");
	return rc;
}

int step_dev(struct jail *j, struct err *e)
{
	cleanup_fd int dev_fd = dev_make(e);
	bool pty = j->service->pty;
	int rc;

	if (dev_fd < 0)
		return dev_fd;
	rc = make_nodes(j, dev_fd, e);
	if (rc < 0)
		return rc;
	if (mkdirat(dev_fd, "shm", 0755) < 0 || (pty && mkdirat(dev_fd, "pts", 0755) < 0))
		return err_set(e, errno, "/dev: make shm and pts");
	rc = mnt_attach(dev_fd, j->root_fd, "dev");
	if (rc < 0)
		return err_set(e, rc, "/dev: attach it at /dev of the jail");
	rc = jail_bind(&(struct bind){ j->memory_fd, "shm", "shm", 0, j->root_fd, "dev/shm" }, e);
	if (rc == 0 && pty)
		rc = make_pts(j, dev_fd, e);
	if (rc < 0)
		return rc;
	rc = mnt_set_attrs(dev_fd, MOUNT_ATTR_RDONLY);
	if (rc < 0)
		return err_set(e, rc, "/dev: make it read-only");
	return 0;
}
