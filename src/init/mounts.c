/* SPDX-License-Identifier: MIT */
#include "init/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/stat.h>

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x00002000 /* since 5.8; not in musl's sys/stat.h */
#endif

struct early {
	const char *target;
	const char *type;
	unsigned long flags;
	const char *options;
	bool make; /* the mount point is on a file system that has just been mounted */
};

/*
 * In this order: a later one may lie on an earlier one. cgroup2: nsdelegate makes the root of a
 * jail's cgroup namespace a border that no write crosses, should a jail ever get hold of a cgroup
 * file system; memory_recursiveprot lets a protection of a group hold for what is below it.
 */
static const struct early earlies[] = {
	{ "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false },
	{ "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false },
	{ "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755", false },
	{ "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "mode=0620,ptmxmode=0666,gid=5", true },
	{ "/run", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=16m,nr_inodes=4096",
	  false },
	{ CGROUP_ROOT, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC,
	  "nsdelegate,memory_recursiveprot", false },
};

static const char *const run_dirs[] = { "/run/services", "/run/jail" };

static int warn(const struct report *r, const struct err *e)
{
	r->say(r->ctx, REPORT_WARNING, e);
	return -e->num;
}

static int make_dir(const char *path, const struct report *r)
{
	struct err e = ERR_NONE;

	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return 0;
	err_set(&e, errno, "making the directory %s", path);
	return warn(r, &e);
}

bool mounts_has(const char *path)
{
	struct statx sx;

	return statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, 0, &sx) == 0 &&
	       (sx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

static int mount_early(const struct early *m, const struct report *r)
{
	struct err e = ERR_NONE;

	if (mounts_has(m->target) || mount(m->type, m->target, m->type, m->flags, m->options) == 0)
		return 0;
	/* An older kernel does not know every option; the flags are what counts. */
	if (errno == EINVAL && m->options &&
	    mount(m->type, m->target, m->type, m->flags, NULL) == 0)
		return 0;
	err_set(&e, errno, "mounting %s on %s", m->type, m->target);
	return warn(r, &e);
}

int mounts_early(const struct report *r)
{
	int first = 0;

	for (unsigned int i = 0; i < sizeof(earlies) / sizeof(earlies[0]); i++) {
		int rc = 0;

		if (earlies[i].make)
			rc = make_dir(earlies[i].target, r);
		if (!rc)
			rc = mount_early(&earlies[i], r);
		if (!first)
			first = rc;
	}
	for (unsigned int i = 0; i < sizeof(run_dirs) / sizeof(run_dirs[0]); i++) {
		int rc = make_dir(run_dirs[i], r);

		if (!first)
			first = rc;
	}
	return first;
}
