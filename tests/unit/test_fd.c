/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"

static char dir[] = "/tmp/jailinit-test-fd-XXXXXX";
static int dir_fd = -1;

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir_fd < 0 ? -1 : 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlinkat(dir_fd, "file", 0);
	unlinkat(dir_fd, "pipe", 0);
	close(dir_fd);
	return rmdir(dir);
}

static void write_file(const char *name, const char *text)
{
	cleanup_fd int file_fd =
		openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(fd_write_full(file_fd, text, strlen(text)), 0);
}

static void closed_at_the_end_of_the_scope(void **state)
{
	int copy;

	(void)state;
	{
		cleanup_fd int some_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		copy = some_fd;
		assert_true(copy >= 0);
		errno = EDOM;
	}
	assert_int_equal(errno, EDOM);
	assert_int_equal(fcntl(copy, F_GETFD), -1);
}

static void stolen_is_not_closed(void **state)
{
	int copy;

	(void)state;
	{
		cleanup_fd int some_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		copy = fd_steal(&some_fd);
		assert_int_equal(some_fd, -1);
	}
	assert_int_equal(fcntl(copy, F_GETFD), FD_CLOEXEC);
	fd_close(&copy);
	assert_int_equal(copy, -1);
	fd_close(&copy);
}

static void reads_over_short_reads(void **state)
{
	char buf[16];
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fd_write_full(ends[1], "abc", 3), 0);
	assert_int_equal(fd_write_full(ends[1], "def", 3), 0);
	assert_int_equal(fd_read_full(ends[0], buf, 4), 4);
	close(ends[1]);
	assert_int_equal(fd_read_full(ends[0], buf, sizeof(buf)), 2);
	assert_int_equal(fd_read_full(ends[0], buf, sizeof(buf)), 0);
	close(ends[0]);
	assert_int_equal(fd_read_full(-1, buf, 1), -EBADF);
	assert_int_equal(fd_write_full(-1, buf, 1), -EBADF);
}

static void reads_a_whole_file(void **state)
{
	struct err e = ERR_NONE;
	char buf[8];

	(void)state;
	write_file("file", "seven77");
	assert_int_equal(fd_read_file_bounded(dir_fd, "file", buf, 8, &e), 7);
	assert_string_equal(buf, "seven77");
	assert_int_equal(fd_read_file_bounded(dir_fd, "file", buf, 7, &e), -EFBIG);
	assert_string_equal(e.text, "file: wanted at most 6 bytes, found more");
	write_file("file", "");
	assert_int_equal(fd_read_file_bounded(dir_fd, "file", buf, 1, &e), 0);
	assert_string_equal(buf, "");
	assert_true(fd_read_file_bounded(AT_FDCWD, "/proc/self/comm", buf, 8, &e) == -EFBIG ||
		    strlen(buf) > 0);
}

static void reads_nothing_but_files(void **state)
{
	struct err e = ERR_NONE;
	char buf[8];

	(void)state;
	assert_int_equal(fd_read_file_bounded(dir_fd, "gone", buf, 8, &e), -ENOENT);
	assert_string_equal(e.text, "open gone: ENOENT");
	assert_int_equal(fd_read_file_bounded(dir_fd, ".", buf, 8, &e), -EINVAL);
	/* Nobody writes to it: an open(2) without O_NONBLOCK would wait for ever. */
	assert_int_equal(mkfifoat(dir_fd, "pipe", 0600), 0);
	assert_int_equal(fd_read_file_bounded(dir_fd, "pipe", buf, 8, &e), -EINVAL);
	assert_int_equal(fd_read_file_bounded(AT_FDCWD, "/dev/zero", buf, 8, &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed_at_the_end_of_the_scope),
		cmocka_unit_test(stolen_is_not_closed),
		cmocka_unit_test(reads_over_short_reads),
		cmocka_unit_test(reads_a_whole_file),
		cmocka_unit_test(reads_nothing_but_files),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
