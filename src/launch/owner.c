/* SPDX-License-Identifier: MIT */
#include "launch/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "os/path.h"

#define BUFFER_BYTES 1024

/* As getdents64(2) returns it; not every C library has it in a header. */
struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

struct walk {
	const struct owner *owner;
	const char *name; /* of the whole directory, for messages */
	unsigned int entries;
	struct err *e;
};

static int give_directory(struct walk *w, int dir_fd, unsigned int depth);

static int give_entry(struct walk *w, int dir_fd, const char *name, unsigned int depth)
{
	cleanup_fd int fd = path_open_beneath(dir_fd, name, O_PATH | O_NOFOLLOW);
	struct stat st;
	int rc;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(w->e, fd < 0 ? fd : errno, "%s: look at %s in it", w->name, name);
	if (++w->entries > OWNER_ENTRIES_MAX)
		return err_set(
			w->e, E2BIG,
			"%s: more than %d files; they have another owner: remove some or give "
			"them to uid %u",
			w->name, OWNER_ENTRIES_MAX, w->owner->uid);
	if (S_ISDIR(st.st_mode)) {
		cleanup_fd int sub_fd = path_open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);

		if (sub_fd < 0)
			return err_set(w->e, sub_fd, "%s: open the directory %s in it", w->name,
				       name);
		rc = give_directory(w, sub_fd, depth + 1);
		if (rc < 0)
			return rc;
	} else if (st.st_nlink > 1) {
		return err_set(w->e, EMLINK,
			       "%s: %s in it has %u names, and is not given to uid %u", w->name,
			       name, (unsigned int)st.st_nlink, w->owner->uid);
	}
	if (fchownat(fd, "", w->owner->uid, w->owner->gid, AT_EMPTY_PATH) < 0)
		return err_set(w->e, errno, "%s: give %s in it to uid %u", w->name, name,
			       w->owner->uid);
	return 0;
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static int give_directory(struct walk *w, int dir_fd, unsigned int depth)
{
	char buffer[BUFFER_BYTES] __attribute__((aligned(8)));

	if (depth > OWNER_DEPTH_MAX)
		return err_set(w->e, E2BIG, "%s: directories nested deeper than %d", w->name,
			       OWNER_DEPTH_MAX);
	for (;;) {
		long n = syscall(SYS_getdents64, dir_fd, buffer, sizeof(buffer));
		long at = 0;

		if (n == 0)
			return 0;
		if (n < 0)
			return err_set(w->e, errno, "%s: read a directory", w->name);
		while (at < n) {
			const struct entry *d = (const struct entry *)(buffer + at);
			int rc = is_dots(d->name) ? 0 : give_entry(w, dir_fd, d->name, depth);

			if (rc < 0)
				return rc;
			at += d->reclen;
		}
	}
}

int owner_open_dir(int base_fd, const char *where, const char *name, const struct owner *o,
		   struct err *e)
{
	cleanup_fd int fd = path_open_beneath(base_fd, name, O_RDONLY | O_DIRECTORY);
	struct walk w = { .owner = o, .name = where, .e = e };
	struct stat st;

	if (fd == -ENOENT) {
		if (mkdirat(base_fd, name, 0700) < 0)
			return err_set(e, errno, "%s: make it", where);
		fd = path_open_beneath(base_fd, name, O_RDONLY | O_DIRECTORY);
	}
	if (fd < 0)
		return err_set(e, fd, "%s: open it (wanted a directory, no link)", where);
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "%s: look at it", where);
	if (st.st_uid != o->uid || st.st_gid != o->gid) {
		int rc = give_directory(&w, fd, 0);

		if (rc < 0)
			return rc;
		if (fchown(fd, o->uid, o->gid) < 0)
			return err_set(e, errno, "%s: give it to uid %u", where, o->uid);
		st.st_mode = (mode_t)-1; /* unknown: a change of the owner takes bits away */
	}
	if ((st.st_mode & 07777) != o->mode && fchmod(fd, o->mode) < 0)
		return err_set(e, errno, "%s: set its mode to %04o", where, (unsigned int)o->mode);
	return fd_steal(&fd);
}
