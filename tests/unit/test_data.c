/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/data.h"

static struct table table;
static char dir[64];
static int data_fd;

static void row(const char *name, unsigned int uid)
{
	struct service *s = &table.service[table.n];
	struct err e = ERR_NONE;
	char text[128];
	int n;

	n = snprintf(text, sizeof(text),
		     "ExecStart=/usr/bin/"
		     "x\nStateDirectory=%s\nStateDirectoryMode=0750\nUser=%u\nGroup=%u\n",
		     name, uid, getegid());
	assert_int_equal(service_parse(s, name, "row", text, (size_t)n, NULL, &e), 0);
	table.intact[table.n++] = true;
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test-data-XXXXXX");
	assert_non_null(mkdtemp(dir));
	data_fd = open(dir, O_RDONLY | O_DIRECTORY);
	memset(&table, 0, sizeof(table));
	row("first", geteuid());
	row("second", geteuid());
	return data_fd < 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	close(data_fd);
	return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void expect_dir(const char *path, mode_t mode)
{
	struct stat st;

	assert_int_equal(fstatat(data_fd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFDIR | mode);
}

static void test_made(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(data_prepare_at(data_fd, &table, &e), 0);
	expect_dir("jailinit", 0700);
	expect_dir("services", 0755);
	expect_dir("services/first", 0750);
	expect_dir("services/second", 0750);
	/* Again, with a mode that somebody has changed; what is inside is left alone. */
	assert_int_equal(mkdirat(data_fd, "services/first/own", 0711), 0);
	assert_int_equal(fchmodat(data_fd, "services/first", 0777, 0), 0);
	assert_int_equal(data_prepare_at(data_fd, &table, &e), 0);
	expect_dir("services/first", 0750);
	expect_dir("services/first/own", 0711);
}

static void test_rows_without(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	table.intact[0] = false;
	table.service[1].state_directory = 0;
	assert_int_equal(data_prepare_at(data_fd, &table, &e), 0);
	assert_int_equal(faccessat(data_fd, "services/first", F_OK, 0), -1);
}

/*
 * Links and files that were planted there: told, not followed, not touched; the other rows get
 * theirs.
 */
static void test_planted(void **state)
{
	struct err e = ERR_NONE;
	struct stat st;

	(void)state;
	assert_int_equal(mkdirat(data_fd, "services", 0755), 0);
	assert_int_equal(mkdirat(data_fd, "victim", 0711), 0);
	assert_int_equal(symlinkat("../victim", data_fd, "services/first"), 0);
	assert_true(data_prepare_at(data_fd, &table, &e) < 0);
	assert_non_null(strstr(e.text, "first"));
	expect_dir("victim", 0711);
	expect_dir("services/second", 0750);
	assert_int_equal(unlinkat(data_fd, "services/first", 0), 0);

	close(openat(data_fd, "services/first", O_CREAT | O_WRONLY, 0640));
	assert_true(data_prepare_at(data_fd, &table, &e) < 0);
	assert_int_equal(fstatat(data_fd, "services/first", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | (0640 & ~umask(0)));
}

static void test_services_is_a_link(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(symlinkat("/tmp", data_fd, "services"), 0);
	assert_true(data_prepare_at(data_fd, &table, &e) < 0);
	expect_dir("jailinit", 0700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_made, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rows_without, setup, teardown),
		cmocka_unit_test_setup_teardown(test_planted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_services_is_a_link, setup, teardown),
	};

	return cmocka_run_group_tests_name("data", tests, NULL, NULL);
}
