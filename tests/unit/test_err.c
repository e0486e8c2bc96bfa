/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void set_takes_either_sign(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(err_set(&e, ENOENT, "open %s", "/x"), -ENOENT);
	assert_int_equal(e.num, ENOENT);
	assert_string_equal(e.text, "open /x");
	assert_int_equal(err_set(&e, -EACCES, "again"), -EACCES);
	assert_string_equal(e.text, "again");
	assert_int_equal(err_set(&e, 0, "nothing"), -EINVAL);
	assert_int_equal(err_set(&e, INT32_MIN, "much"), -EINVAL);
	assert_int_equal(err_set(&e, 100000, "much"), -EINVAL);
}

static void set_keeps_step_and_errno(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	errno = EBUSY;
	err_step(&e, "mount proc");
	err_set(&e, EIO, "x");
	assert_int_equal(errno, EBUSY);
	assert_string_equal(e.step, "mount proc");
	assert_int_equal(err_step(&e, "a step with a name that is much too long"), -EIO);
	assert_int_equal(strlen(e.step), ERR_STEP_MAX - 1);
}

static void long_text_is_cut(void **state)
{
	char text[1000];
	struct err e = ERR_NONE;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&e, EIO, "%s", text);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_prefix(&e, "%s", "where");
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	assert_memory_equal(e.text, "where: xxx", 10);
	err_prefix(&e, "%s", text);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
}

static void prefix_goes_in_front(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	err_set(&e, ENOSPC, "found %d", 5);
	assert_int_equal(err_prefix(&e, "file:%d", 7), -ENOSPC);
	assert_string_equal(e.text, "file:7: found 5");
}

static void names_are_those_of_the_headers(void **state)
{
	(void)state;
	assert_string_equal(err_name(ENOENT), "ENOENT");
	assert_string_equal(err_name(-EAGAIN), "EAGAIN");
	assert_string_equal(err_name(0), "E?");
	assert_string_equal(err_name(4000), "E?");
	assert_int_equal(err_number("ENOENT"), ENOENT);
	assert_int_equal(err_number("EHWPOISON"), EHWPOISON);
	assert_int_equal(err_number("ENOWHAT"), 0);
	assert_int_equal(err_number(""), 0);
	/* Each number of the kernel's list has a name, and the name leads back. 41 and 58 are not used. */
	for (int num = 1; num <= EHWPOISON; num++)
		if (num != 41 && num != 58)
			assert_int_equal(err_number(err_name(num)), num);
}

static void sanitise_makes_anything_safe(void **state)
{
	struct err e;

	(void)state;
	memset(&e, 0xff, sizeof(e));
	err_sanitise(&e);
	assert_int_equal(e.num, 1);
	assert_int_equal(strlen(e.step), ERR_STEP_MAX - 1);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	assert_int_equal(e.text[0], '?');

	e = ERR_NONE;
	e.num = 70000;
	memcpy(e.text, "a\x1b[31m\n\0left over", 16);
	err_sanitise(&e);
	assert_int_equal(e.num, EINVAL);
	assert_string_equal(e.text, "a?[31m?");
	assert_int_equal(e.text[10], 0);

	e = ERR_NONE;
	err_sanitise(&e);
	assert_int_equal(e.num, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_takes_either_sign),
		cmocka_unit_test(set_keeps_step_and_errno),
		cmocka_unit_test(long_text_is_cut),
		cmocka_unit_test(prefix_goes_in_front),
		cmocka_unit_test(names_are_those_of_the_headers),
		cmocka_unit_test(sanitise_makes_anything_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
