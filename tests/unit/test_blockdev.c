/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/blockdev.h"

#define DISK_BYTES 131072

static int disk_fd;
static char path[64];

static int setup(void **state)
{
	(void)state;
	disk_fd = memfd_create("disk", 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", disk_fd);
	return disk_fd < 0 || ftruncate(disk_fd, DISK_BYTES);
}

static int teardown(void **state)
{
	(void)state;
	return close(disk_fd);
}

static void put(const void *bytes, size_t n, off_t at)
{
	assert_int_equal(pwrite(disk_fd, bytes, n, at), n);
}

static enum blockdev_content content(void)
{
	enum blockdev_content c;
	struct err e = ERR_NONE;

	assert_int_equal(blockdev_probe(path, &c, &e), 0);
	return c;
}

static void test_probe(void **state)
{
	(void)state;
	assert_int_equal(content(), BLOCKDEV_BLANK);
	/* Beyond the first 64 KiB nobody looks. */
	put("x", 1, 65536);
	assert_int_equal(content(), BLOCKDEV_BLANK);
	put("x", 1, 65535);
	assert_int_equal(content(), BLOCKDEV_OTHER);
	put("\x53\xef", 2, 1080);
	assert_int_equal(content(), BLOCKDEV_EXT4);
	put("\0\0", 2, 1080);
	put("hsqs", 4, 0);
	assert_int_equal(content(), BLOCKDEV_SQUASHFS);
	assert_int_equal(ftruncate(disk_fd, 65535), 0);
	assert_int_equal(content(), BLOCKDEV_OTHER);
}

static const char *partuuid(unsigned int partno)
{
	static char text[BLOCKDEV_UUID_MAX];

	blockdev_partuuid(disk_fd, partno, text);
	return text;
}

static void test_mbr(void **state)
{
	(void)state;
	assert_string_equal(partuuid(1), "");
	put("\x55\xaa", 2, 510);
	put("\x78\x56\x34\x12", 4, 440);
	assert_string_equal(partuuid(1), "12345678-01");
	assert_string_equal(partuuid(17), "12345678-11");
}

static void test_gpt(void **state)
{
	unsigned char guid[16];

	(void)state;
	for (unsigned int i = 0; i < sizeof(guid); i++)
		guid[i] = (unsigned char)(i * 16 + i);
	put("\x55\xaa", 2, 510);
	put("EFI PART", 8, 512);
	put("\x02\0\0\0\0\0\0\0", 8, 512 + 72); /* entries begin at block 2 */
	put("\x80\0\0\0", 4, 512 + 80);		/* 128 of them */
	put("\x80\0\0\0", 4, 512 + 84);		/* of 128 bytes */
	put(guid, sizeof(guid), 1024 + 2 * 128 + 16);
	assert_string_equal(partuuid(3), "33221100-5544-7766-8899-aabbccddeeff");
	assert_string_equal(partuuid(129), "");
	/* Sizes that make no sense are not followed. */
	put("\x01\0\0\0", 4, 512 + 84);
	assert_string_equal(partuuid(3), "");
}

static void test_wait(void **state)
{
	char found[BLOCKDEV_PATH_MAX];
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(blockdev_wait("LABEL=data", 0, found, &e), -EINVAL);
	assert_int_equal(blockdev_wait("/dev/null", 0, found, &e), -ENODEV);
	assert_int_equal(blockdev_wait("/dev/there-is-none", 50, found, &e), -ENODEV);
	assert_int_equal(blockdev_wait("PARTUUID=00000000-0000-0000-0000-000000000000", 0, found,
				       &e),
			 -ENODEV);
	assert_non_null(strstr(e.text, "within 0 ms; there are:"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_probe, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mbr, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gpt, setup, teardown),
		cmocka_unit_test(test_wait),
	};

	return cmocka_run_group_tests_name("blockdev", tests, NULL, NULL);
}
