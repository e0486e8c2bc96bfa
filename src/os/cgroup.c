/* SPDX-License-Identifier: MIT */
#include "os/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

int cgroup_open(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return err_set(e, -errno, "open cgroup %s", path);
	return fd;
}

int cgroup_make(int parent_fd, const char *name, struct err *e)
{
	int fd;

	if (mkdirat(parent_fd, name, 0755) < 0 && errno != EEXIST)
		return err_set(e, -errno, "make cgroup %s", name);
	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_set(e, -errno, "open cgroup %s", name);
	return fd;
}

int cgroup_write(int cgroup_fd, const char *file, const char *value, struct err *e)
{
	cleanup_fd int fd = openat(cgroup_fd, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t len = strlen(value);
	ssize_t n;

	if (fd < 0)
		return err_set(e, -errno, "open %s to write \"%s\"", file, value);
	n = write(fd, value, len);
	if (n < 0)
		return err_set(e, -errno, "write \"%s\" to %s", value, file);
	if ((size_t)n != len)
		return err_set(e, -EIO, "write \"%s\" to %s: %zd of %zu bytes were taken", value,
			       file, n, len);
	return 0;
}

int cgroup_delegate(int cgroup_fd, struct err *e)
{
	static const char *const controllers[] = { "+cpu", "+io", "+memory", "+pids" };
	char failed[64] = "";
	struct err one = ERR_NONE;
	size_t i, len = 0;
	int rc = 0, r;

	/* One by one: a write of several is refused as a whole when one of them is missing. */
	for (i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
		r = cgroup_write(cgroup_fd, "cgroup.subtree_control", controllers[i], &one);
		if (r == 0)
			continue;
		rc = r;
		len += (size_t)snprintf(failed + len, sizeof(failed) - len, " %s",
					controllers[i] + 1);
	}
	if (rc)
		return err_set(e, rc, "cgroup controllers not to be had:%s", failed);
	return 0;
}

int cgroup_events_open(int cgroup_fd, struct err *e)
{
	int fd = openat(cgroup_fd, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return err_set(e, -errno, "open cgroup.events");
	return fd;
}

int cgroup_events_populated(int events_fd)
{
	char text[128];
	ssize_t n = pread(events_fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	if (strstr(text, "populated 0"))
		return 0;
	return strstr(text, "populated 1") ? 1 : -EPROTO;
}

int cgroup_read_count(int cgroup_fd, const char *file, const char *key, uint64_t *value)
{
	cleanup_fd int fd = openat(cgroup_fd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t key_len = strlen(key);
	char text[512], *line;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	for (line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (strncmp(line, key, key_len) != 0 || line[key_len] != ' ')
			continue;
		*value = strtoull(line + key_len + 1, NULL, 10);
		return 0;
	}
	return -ENOENT;
}

int cgroup_kill(int cgroup_fd, struct err *e)
{
	return cgroup_write(cgroup_fd, "cgroup.kill", "1", e);
}
