/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init/watchdog.h"

static void test_none(void **state)
{
	struct system_conf sys = { 0 };
	struct feeder f;
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(feeder_start(&f, &sys, 5, &e), 0);
	assert_int_equal(feeder_turn(&f, 100), -1);
	feeder_last(&f, 1000);
}

static void test_no_such_device(void **state)
{
	struct system_conf sys = { .watchdog_device = 1, .watchdog_ms = 30000 };
	struct feeder f;
	struct err e = ERR_NONE;

	(void)state;
	strcpy(sys.pool + 1, "/dev/there-is-no-watchdog");
	assert_true(feeder_start(&f, &sys, 5, &e) < 0);
	assert_int_equal(feeder_turn(&f, 100), -1);
}

/*
 * A file takes the place of the driver: each meal is a byte. It must never be the 'V' that stops a
 * watchdog.
 */
static void test_meals(void **state)
{
	struct feeder f = { .dog = { .fd = memfd_create("dog", 0), .timeout_ms = 20000 },
			    .next_ms = 1000 };
	char meals[8];

	(void)state;
	assert_int_equal(feeder_turn(&f, 900), 100);
	assert_int_equal(feeder_turn(&f, 1000), 5000);
	assert_int_equal(feeder_turn(&f, 1001), 4999);
	assert_int_equal(feeder_turn(&f, 60000), 5000);
	feeder_last(&f, 10000);
	assert_int_equal(pread(f.dog.fd, meals, sizeof(meals), 0), 3);
	assert_null(memchr(meals, 'V', 3));
	close(f.dog.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_no_such_device),
		cmocka_unit_test(test_meals),
	};

	return cmocka_run_group_tests_name("feeder", tests, NULL, NULL);
}
