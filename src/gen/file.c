/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "gen/file.h"

void *gen_alloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		abort();
	return p;
}

char *gen_strdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(gen_alloc(n, 1), s, n);
}

void *gen_grow(void *array, size_t n, size_t size)
{
	/* Only at powers of two is there something to do. */
	if (n & (n - 1))
		return array;
	array = reallocarray(array, n ? 2 * n : 1, size);
	if (!array)
		abort();
	return array;
}

char *file_read(const char *path, size_t *len, struct err *e)
{
	struct stat st;
	ssize_t n;
	char *buf;

	if (stat(path, &st) < 0) {
		err_set(e, errno, "wanted a file to read, found %s", strerror(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(e, EINVAL, "wanted a file to read, found mode %o", st.st_mode);
		return NULL;
	}
	if (st.st_size > FILE_SIZE_MAX) {
		err_set(e, EFBIG, "wanted at most %u bytes, found more", FILE_SIZE_MAX);
		return NULL;
	}
	buf = gen_alloc((size_t)st.st_size + 1, 1);
	n = fd_read_file_bounded(AT_FDCWD, path, buf, (size_t)st.st_size + 1, e);
	if (n < 0) {
		free(buf);
		return NULL;
	}
	*len = (size_t)n;
	return buf;
}

/* Write to a new file beside @path, which then takes its place. */
static int replace_file(const char *path, const void *data, size_t len)
{
	cleanup_fd int new_fd = -1;
	char temporary[4096];
	int rc;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	new_fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	rc = new_fd < 0 ? -errno : fd_write_full(new_fd, data, len);
	if (!rc && rename(temporary, path) < 0)
		rc = -errno;
	return rc;
}

int file_write_atomic(const char *path, const void *data, size_t len, struct err *e)
{
	int rc = !strcmp(path, "-") ? fd_write_full(STDOUT_FILENO, data, len)
				    : replace_file(path, data, len);

	return rc ? err_set(e, rc, "cannot write: %s", strerror(-rc)) : 0;
}
