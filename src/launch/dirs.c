/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "launch/jail.h"
#include "launch/owner.h"
#include "os/mnt.h"
#include "os/path.h"

#define WRITABLE  (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define PLACE_MAX (sizeof("var/lib/") + SERVICE_NAME_MAX)

/* A directory of the jail's memory file system, to mount on or to use as it is. */
static int make_place(const struct jail *j, const char *place, mode_t mode, struct err *e)
{
	if (mkdirat(j->memory_fd, place, mode) < 0 && errno != EEXIST)
		return err_set(e, errno, "make /%s of the jail", place);
	return 0;
}

/* Open one of the machine's directories that hold a directory per service. */
static int open_base(const char *path, struct err *e)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "open %s", path);
	return fd;
}

/* Directory @name of @base, owned as @o says, at @place of the jail. */
static int place_own(const struct jail *j, const char *base, const char *name,
		     const struct owner *o, const char *place, struct err *e)
{
	char where[LAUNCH_PATH_MAX + SERVICE_NAME_MAX + 1];
	cleanup_fd int base_fd = open_base(base, e);
	cleanup_fd int dir_fd = -1;
	int rc;

	if (base_fd < 0)
		return base_fd;
	snprintf(where, sizeof(where), "%s/%s", base, name);
	dir_fd = owner_open_dir(base_fd, where, name, o, e);
	if (dir_fd < 0)
		return dir_fd;
	rc = make_place(j, place, 0755, e);
	if (rc < 0)
		return rc;
	return jail_bind(&(struct bind){ dir_fd, "", where, WRITABLE, j->root_fd, place }, e);
}

int step_state_directory(struct jail *j, struct err *e)
{
	const struct service *s = j->service;
	const char *name = service_str(s, s->state_directory);
	struct owner o = { s->uid, s->gid, s->state_directory_mode };
	char place[PLACE_MAX];
	int rc;

	if (!name[0])
		return 0;
	snprintf(place, sizeof(place), "var/lib/%s", name);
	if (!j->record->state_volatile) {
		if (!j->record->data[0])
			return err_set(
				e, ENODEV,
				"StateDirectory=%s: there is no /data, and the row does not say "
				"StateVolatile=yes",
				name);
		return place_own(j, j->record->data, name, &o, place, e);
	}
	rc = make_place(j, place, o.mode, e);
	if (rc == 0 && fchownat(j->memory_fd, place, o.uid, o.gid, AT_SYMLINK_NOFOLLOW) < 0)
		rc = err_set(e, errno, "give /%s of the jail to uid %u", place, o.uid);
	return rc;
}

int step_runtime_directory(struct jail *j, struct err *e)
{
	const struct service *s = j->service;
	const char *name = service_str(s, s->runtime_directory);
	struct owner o = { s->uid, s->gid, s->runtime_directory_mode };
	char place[PLACE_MAX];

	if (!name[0])
		return 0;
	snprintf(place, sizeof(place), "run/%s", name);
	return place_own(j, j->record->run, name, &o, place, e);
}

/*
 * A peer that was not started yet has no directory: it is made here, for nobody but root, and the
 * peer's own start gives it its owner and mode. So this jail sees what the peer puts there, whoever
 * is started first.
 */
static int place_peer(const struct jail *j, int base_fd, const char *name, struct err *e)
{
	char place[PLACE_MAX], where[LAUNCH_PATH_MAX + SERVICE_NAME_MAX + 1];
	cleanup_fd int dir_fd = path_open_beneath(base_fd, name, O_PATH | O_DIRECTORY);
	int rc;

	snprintf(where, sizeof(where), "%s/%s", j->record->run, name);
	snprintf(place, sizeof(place), "run/%s", name);
	if (dir_fd == -ENOENT) {
		if (mkdirat(base_fd, name, 0700) < 0 && errno != EEXIST)
			return err_set(e, errno, "%s: make it", where);
		dir_fd = path_open_beneath(base_fd, name, O_PATH | O_DIRECTORY);
	}
	if (dir_fd < 0)
		return err_set(e, dir_fd, "%s: open it (wanted a directory, no link)", where);
	rc = make_place(j, place, 0755, e);
	if (rc < 0)
		return rc;
	return jail_bind(&(struct bind){ dir_fd, "", where, WRITABLE | MOUNT_ATTR_RDONLY,
					 j->root_fd, place },
			 e);
}

int step_socket_from(struct jail *j, struct err *e)
{
	cleanup_fd int base_fd = -1;

	if (j->record->n_socket_from == 0)
		return 0;
	base_fd = open_base(j->record->run, e);
	if (base_fd < 0)
		return base_fd;
	for (uint32_t i = 0; i < j->record->n_socket_from; i++) {
		int rc = place_peer(j, base_fd, j->record->socket_from_dir[i], e);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* A mount target in one of the writable places does not exist yet: make it, with the directories
 * above it. */
static int make_target(const struct jail *j, const char *target, bool directory, struct err *e)
{
	char path[PATH_MAX];

	if (!str_starts(target, "/run/") && !str_starts(target, "/var/") &&
	    !str_starts(target, "/tmp/"))
		return err_set(e, ENOENT,
			       "%s of the jail: its view has no such mount target; build the "
			       "firmware again",
			       target);
	if (str_copy(path, sizeof(path), target + 1) < 0)
		return err_set(e, ENAMETOOLONG, "mount target %s", target);
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(j->memory_fd, path, 0755) < 0 && errno != EEXIST)
			return err_set(e, errno, "make /%s of the jail", path);
		*slash = '/';
	}
	if ((directory ? mkdirat(j->memory_fd, path, 0755)
		       : mknodat(j->memory_fd, path, S_IFREG | 0444, 0)) < 0)
		return err_set(e, errno, "make /%s of the jail", path);
	return 0;
}

/* @source_fd, called @source, read-only at @target of the jail. */
static int place_read_only(const struct jail *j, int source_fd, const char *source,
			   const char *target, struct err *e)
{
	cleanup_fd int target_fd = path_open_plain(j->root_fd, target, O_PATH);
	struct stat st;

	if (target_fd == -ENOENT) {
		int rc;

		if (fstat(source_fd, &st) < 0)
			return err_set(e, errno, "look at %s", source);
		rc = make_target(j, target, S_ISDIR(st.st_mode), e);
		if (rc < 0)
			return rc;
		target_fd = path_open_plain(j->root_fd, target, O_PATH);
	}
	if (target_fd < 0)
		return err_set(e, target_fd, "%s of the jail: open the mount target", target);
	return jail_bind(&(struct bind){ source_fd, "", source,
					 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
					 target_fd, "" },
			 e);
}

int step_bind_paths(struct jail *j, struct err *e)
{
	const struct service *s = j->service;
	char source[PATH_MAX];

	for (const char *b = service_list_next(s, s->bind_ro, NULL); b;
	     b = service_list_next(s, s->bind_ro, b)) {
		const char *colon = strchr(b, ':');
		cleanup_fd int source_fd = -1;
		int rc;

		if (!colon || (size_t)(colon - b) >= sizeof(source))
			return err_set(e, EINVAL, "BindReadOnlyPaths=%s: wanted SOURCE:TARGET", b);
		memcpy(source, b, (size_t)(colon - b));
		source[colon - b] = '\0';
		source_fd = path_open_in_root(j->firmware_fd, source, O_PATH);
		if (source_fd < 0)
			return err_set(e, source_fd,
				       "BindReadOnlyPaths=%s: open the source in the firmware", b);
		rc = place_read_only(j, source_fd, source, colon + 1, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int step_control(struct jail *j, struct err *e)
{
	const char *path = j->record->jailctl;
	cleanup_fd int program_fd = -1;

	if (!j->service->control_socket)
		return 0;
	program_fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (program_fd < 0)
		return err_set(e, errno, "open %s (ControlSocket=yes)", path);
	return place_read_only(j, program_fd, path, "/run/jailinit/jailctl", e);
}
