/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

void fd_close(int *fd)
{
	int keep = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = keep;
}

ssize_t fd_read_full(int fd, void *buf, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = read(fd, (char *)buf + done, n - done);

		if (r == 0)
			break;
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

int fd_write_full(int fd, const void *buf, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = write(fd, (const char *)buf + done, n - done);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		done += (size_t)r;
	}
	return 0;
}

ssize_t fd_read_file_bounded(int dir_fd, const char *path, char *buf, size_t size, struct err *e)
{
	cleanup_fd int file_fd = -1;
	struct stat st;
	ssize_t n;

	/*
	 * O_NONBLOCK: a FIFO put in the way must not hold us. It means nothing to a regular file.
	 */
	file_fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (file_fd < 0)
		return err_set(e, errno, "open %s: %s", path, err_name(errno));
	if (fstat(file_fd, &st) < 0)
		return err_set(e, errno, "stat %s: %s", path, err_name(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, EINVAL, "%s: wanted a regular file, found mode %o", path,
			       st.st_mode);

	/* The size in st says nothing about files of /proc: only the end of the file does. */
	n = fd_read_full(file_fd, buf, size);
	if (n < 0)
		return err_set(e, (int)n, "read %s: %s", path, err_name((int)n));
	if ((size_t)n >= size)
		return err_set(e, EFBIG, "%s: wanted at most %zu bytes, found more", path,
			       size - 1);
	buf[n] = '\0';
	return n;
}
