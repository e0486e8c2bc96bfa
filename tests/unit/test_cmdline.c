/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "init/cmdline.h"

static struct cmdline parse(const char *text)
{
	struct cmdline c;

	cmdline_parse(text, strlen(text), &c);
	return c;
}

static void test_nothing(void **state)
{
	struct cmdline none = { 0 };
	struct cmdline c = parse("");

	(void)state;
	assert_memory_equal(&c, &none, sizeof(c));
	c = parse("console=ttyS0 quiet init=/x jailinit myjailinit.rescue panic=-1\n");
	assert_memory_equal(&c, &none, sizeof(c));
}

static void test_options(void **state)
{
	struct cmdline c = parse("console=ttyS0 jailinit.rescue jailinit.debug "
				 "jailinit.data=none\tjailinit.color=no\n");

	(void)state;
	assert_true(c.rescue && c.debug && c.no_data && c.no_color);
	assert_int_equal(c.n_bad, 0);
	c = parse("-- jailinit.rescue");
	assert_true(c.rescue);
}

static void test_skip(void **state)
{
	struct cmdline c = parse("jailinit.skip=redis,web-1 jailinit.skip=x");

	(void)state;
	assert_int_equal(c.n_skip, 3);
	assert_true(cmdline_skips(&c, "redis"));
	assert_true(cmdline_skips(&c, "web-1"));
	assert_true(cmdline_skips(&c, "x"));
	assert_false(cmdline_skips(&c, "web"));
	assert_false(cmdline_skips(&c, ""));
	c = parse("\"jailinit.skip=a\" jailinit.skip=\"b,c\"");
	assert_int_equal(c.n_skip, 3);
	assert_true(cmdline_skips(&c, "a") && cmdline_skips(&c, "b") && cmdline_skips(&c, "c"));
	assert_int_equal(c.n_bad, 0);

	/* What does not fit is told, what fits is taken. */
	c = parse("jailinit.skip=,a jailinit.skip= "
		  "jailinit.skip=abcdefghijklmnopqrstuvwxyz0123456789 "
		  "jailinit.skip=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16");
	assert_int_equal(c.n_skip, CMDLINE_SKIP_MAX);
	assert_int_equal(c.n_bad, 4);
	assert_true(cmdline_skips(&c, "a") && cmdline_skips(&c, "15"));
}

static void test_bad(void **state)
{
	struct cmdline c = parse(
		"jailinit.rescue=yes jailinit. jailinit.color=yes jailinit.data jailinit.x\033[1m");

	(void)state;
	assert_false(c.rescue);
	assert_int_equal(c.n_bad, 5);
	assert_string_equal(c.bad[0], "jailinit.rescue=yes");
	assert_string_equal(c.bad[1], "jailinit.");
	assert_string_equal(c.bad[4], "jailinit.x?[1m");
	c = parse("jailinit.a jailinit.a jailinit.a jailinit.a jailinit.a jailinit.a jailinit.a "
		  "jailinit.a jailinit.a "
		  "jailinit.a");
	assert_int_equal(c.n_bad, 10);
}

/*
 * Not NUL-terminated, quotes that are not closed, a word as long as the line: within bounds (the
 * sanitizer looks).
 */
static void test_bounds(void **state)
{
	static const char *const texts[] = { "jailinit.skip=\"a b", "\"", "jailinit.skip=\"",
					     "\"jailinit.rescue", "a\"b c\"" };
	char exact[64], longest[CMDLINE_MAX];
	struct cmdline c;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t n = strlen(texts[i]);

		memcpy(exact + sizeof(exact) - n, texts[i], n);
		cmdline_parse(exact + sizeof(exact) - n, n, &c);
	}
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "jailinit.", 9);
	cmdline_parse(longest, sizeof(longest), &c);
	assert_int_equal(c.n_bad, 1);
	assert_int_equal(strlen(c.bad[0]), sizeof(c.bad[0]) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing), cmocka_unit_test(test_options),
		cmocka_unit_test(test_skip),	cmocka_unit_test(test_bad),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests_name("cmdline", tests, NULL, NULL);
}
