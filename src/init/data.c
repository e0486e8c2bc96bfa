/* SPDX-License-Identifier: MIT */
#include "init/data.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/mounts.h"

int data_find(const struct system_conf *sys, struct data_found *found, struct err *e)
{
	enum blockdev_content content = BLOCKDEV_OTHER;
	int rc;

	memset(found, 0, sizeof(*found));
	rc = blockdev_wait(system_str(sys, sys->data_device), sys->data_timeout_ms, found->path, e);
	if (!rc)
		rc = blockdev_probe(found->path, &content, e);
	if (rc)
		return err_prefix(e, "DataDevice=");
	found->content = content;
	return 0;
}

int data_mount(const char *device, struct err *e)
{
	enum blockdev_content content = BLOCKDEV_OTHER;
	int rc;

	if (mounts_has(DATA_DIR))
		return 0;
	rc = blockdev_probe(device, &content, e);
	if (rc)
		return err_prefix(e, "DataDevice=");
	if (content != BLOCKDEV_EXT4)
		return err_set(e, EINVAL, "DataDevice=%s: wanted ext4, found %s; it is not touched",
			       device, blockdev_content_name(content));
	/*
	 * A file system with errors goes on read-only: what is there can be read, nothing gets
	 * worse.
	 */
	if (mount(device, DATA_DIR, "ext4", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME,
		  "errors=remount-ro") == 0)
		return 0;
	return err_set(e, errno, "mounting the ext4 of %s on " DATA_DIR, device);
}

/*
 * The directory @name below @dir_fd with this owner and mode, made if it is not there. Returns its
 * fd.
 */
static int make_dir(int dir_fd, const char *name, uid_t uid, gid_t gid, mode_t mode, struct err *e)
{
	cleanup_fd int fd = -1;
	struct stat st;

	/* Nobody else's until it is right. */
	if (mkdirat(dir_fd, name, 0700) < 0 && errno != EEXIST)
		return err_set(e, errno, DATA_DIR ": making the directory %s", name);
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, DATA_DIR ": wanted a directory %s, what is there is none",
			       name);
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, DATA_DIR ": %s", name);
	if ((st.st_uid != uid || st.st_gid != gid) && fchown(fd, uid, gid) < 0)
		return err_set(e, errno, DATA_DIR ": owner %u:%u of %s", uid, gid, name);
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode) < 0)
		return err_set(e, errno, DATA_DIR ": mode %03o of %s", mode, name);
	return fd_steal(&fd);
}

int data_prepare_at(int data_fd, const struct table *t, struct err *e)
{
	cleanup_fd int own_fd = -1;
	cleanup_fd int services_fd = -1;
	int first = 0;

	own_fd = make_dir(data_fd, "jailinit", geteuid(), getegid(), 0700, e);
	if (own_fd < 0)
		first = own_fd;
	services_fd = make_dir(data_fd, "services", geteuid(), getegid(), 0755, e);
	if (services_fd < 0)
		return services_fd;
	for (uint32_t i = 0; i < t->n; i++) {
		const struct service *s = &t->service[i];
		const char *name = service_str(s, s->state_directory);
		cleanup_fd int fd = -1;
		struct err own = ERR_NONE;

		if (!t->intact[i] || !name[0])
			continue;
		fd = make_dir(services_fd, name, s->uid, s->gid, s->state_directory_mode, &own);
		if (fd < 0 && !first) {
			first = fd;
			*e = own;
		}
	}
	return first;
}

int data_prepare(const struct table *t, struct err *e)
{
	cleanup_fd int fd = open(DATA_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "opening " DATA_DIR);
	return data_prepare_at(fd, t, e);
}

int data_unmount(struct err *e)
{
	cleanup_fd int fd = -1;
	int rc;

	if (!mounts_has(DATA_DIR))
		return 0;
	/* What a write-back cannot save must not look as if it had. */
	fd = open(DATA_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = fd >= 0 && syncfs(fd) < 0 ? errno : 0;
	fd_close(&fd);
	if (umount2(DATA_DIR, 0) < 0) {
		int num = errno;

		if (mount(NULL, DATA_DIR, NULL,
			  MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
			return err_set(e, num,
				       DATA_DIR " is still in use, and cannot be made read-only");
	}
	return rc ? err_set(e, rc, "syncing " DATA_DIR) : 0;
}
