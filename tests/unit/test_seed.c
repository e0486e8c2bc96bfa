/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/seed.h"

static char dir[64];
static int dir_fd;
static int random_fd; /* not the kernel's generator: it refuses to be credited with ENOTTY */

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test-seed-XXXXXX");
	assert_non_null(mkdtemp(dir));
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	random_fd = memfd_create("random", 0);
	return dir_fd < 0 || random_fd < 0;
}

static int teardown(void **state)
{
	(void)state;
	unlinkat(dir_fd, SEED_NAME, 0);
	unlinkat(dir_fd, "other", 0);
	close(dir_fd);
	close(random_fd);
	return rmdir(dir);
}

static void read_seed(unsigned char seed[64])
{
	int fd = openat(dir_fd, SEED_NAME, O_RDONLY);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_size, 64);
	assert_int_equal(read(fd, seed, 64), 64);
	close(fd);
}

static void test_first_boot(void **state)
{
	unsigned char seed[64];
	struct err e = ERR_NONE;
	bool credited = true;

	(void)state;
	assert_int_equal(seed_load_at(dir_fd, random_fd, &credited, &e), 0);
	assert_false(credited);
	read_seed(seed);
}

static void test_second_boot(void **state)
{
	unsigned char before[64], after[64];
	struct err e = ERR_NONE;
	bool credited = true;

	(void)state;
	umask(0077);
	assert_int_equal(seed_save_at(dir_fd, &e), 0);
	read_seed(before);
	/* It was credited as far as we are concerned, and replaced even though that went wrong. */
	assert_int_equal(seed_load_at(dir_fd, random_fd, &credited, &e), -ENOTTY);
	assert_false(credited);
	read_seed(after);
	assert_memory_not_equal(before, after, 64);
}

/* Anything about the file that we did not make ourselves: replaced, not credited. */
static void test_not_ours(void **state)
{
	unsigned char seed[64] = { 0 };
	struct err e = ERR_NONE;
	bool credited = true;
	int fd;

	(void)state;
	assert_int_equal(seed_save_at(dir_fd, &e), 0);
	assert_int_equal(fchmodat(dir_fd, SEED_NAME, 0640, 0), 0);
	assert_int_equal(seed_load_at(dir_fd, random_fd, &credited, &e), 0);

	assert_int_equal(linkat(dir_fd, SEED_NAME, dir_fd, "other", 0), 0);
	assert_int_equal(seed_load_at(dir_fd, random_fd, &credited, &e), 0);
	assert_int_equal(unlinkat(dir_fd, "other", 0), 0);

	fd = openat(dir_fd, SEED_NAME, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(seed_load_at(dir_fd, random_fd, &credited, &e), 0);

	assert_int_equal(renameat(dir_fd, SEED_NAME, dir_fd, "other"), 0);
	assert_int_equal(symlinkat("other", dir_fd, SEED_NAME), 0);
	assert_int_equal(seed_load_at(dir_fd, random_fd, &credited, &e), 0);
	read_seed(seed);

	assert_int_equal(unlinkat(dir_fd, SEED_NAME, 0), 0);
	assert_int_equal(mkfifoat(dir_fd, SEED_NAME, 0600), 0);
	assert_int_equal(seed_load_at(dir_fd, random_fd, &credited, &e), 0);
	assert_false(credited);
	read_seed(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_boot, setup, teardown),
		cmocka_unit_test_setup_teardown(test_second_boot, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_ours, setup, teardown),
	};

	return cmocka_run_group_tests_name("seed", tests, NULL, NULL);
}
