/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

static void copy_fits_or_not(void **state)
{
	char buf[4] = { 'x', 'x', 'x', 'x' };

	(void)state;
	assert_int_equal(str_copy(buf, sizeof(buf), "ab"), 0);
	assert_memory_equal(buf, "ab\0\0", 4);
	assert_int_equal(str_copy(buf, sizeof(buf), "abc"), 0);
	assert_int_equal(str_copy(buf, sizeof(buf), "abcd"), -ENAMETOOLONG);
	assert_memory_equal(buf, "\0\0\0\0", 4);
}

static void starts_ends_printable(void **state)
{
	(void)state;
	assert_true(str_starts("abc", "ab"));
	assert_true(str_starts("abc", ""));
	assert_false(str_starts("a", "ab"));
	assert_true(str_ends("x.svc", ".svc"));
	assert_false(str_ends("svc", ".svc"));
	assert_true(str_printable(" ~", 2));
	assert_false(str_printable("a\x7f", 2));
	assert_false(str_printable("a\0b", 3));
	assert_false(str_printable("\xc3\xa4", 2));
}

static void words(void **state)
{
	const char *text = "  one \t\"two words\" \"\" a\\b \"q\\\"\\\\\" last";
	static const char *const wanted[] = { "one", "two words", "", "a\\b", "q\"\\", "last" };
	char word[32];

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		assert_int_equal(str_word(&text, word, sizeof(word)), strlen(wanted[i]));
		assert_string_equal(word, wanted[i]);
	}
	assert_int_equal(str_word(&text, word, sizeof(word)), -ENOENT);
	assert_int_equal(str_word(&text, word, sizeof(word)), -ENOENT);
}

static void bad_words(void **state)
{
	static const char *const bad[] = { "\"open", "a\"b", "\"a\"b", "\"a\\n\"", "\"a\\", "a\"" };
	char word[32];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *text = bad[i];

		assert_int_equal(str_word(&text, word, sizeof(word)), -EINVAL);
	}
	for (size_t size = 1; size < 4; size++) {
		const char *text = "abc";

		assert_int_equal(str_word(&text, word, size), -ENAMETOOLONG);
	}
}

/* Every short text over these bytes, written as a word, is the same word when it is read. */
static void words_lead_back(void **state)
{
	static const char bytes[] = "a \"\\\t";
	char in[5] = "", out[5], buf[32];
	struct strbuf b;

	(void)state;
	for (unsigned int n = 0; n < 5 * 5 * 5 * 5; n++) {
		const char *text = buf;

		for (unsigned int i = 0, rest = n; i < 4; i++, rest /= 5)
			in[i] = bytes[rest % 5];
		for (unsigned int len = 0; len <= 4; len++) {
			char cut[5] = "";

			memcpy(cut, in, len);
			strbuf_init(&b, buf, sizeof(buf));
			strbuf_add_word(&b, cut);
			text = buf;
			assert_int_equal(str_word(&text, out, sizeof(out)), len);
			assert_string_equal(out, cut);
			assert_string_equal(text, "");
		}
	}
}

static void buffer_stops_at_its_end(void **state)
{
	char buf[8];
	struct strbuf b;

	(void)state;
	strbuf_init(&b, buf, sizeof(buf));
	assert_string_equal(buf, "");
	strbuf_add(&b, "abc");
	strbuf_addf(&b, "%d", 12);
	assert_false(b.full);
	strbuf_addf(&b, "%s", "wxyz");
	assert_true(b.full);
	assert_string_equal(buf, "abc12wx");
	assert_int_equal(b.len, 7);
	strbuf_add(&b, "more");
	strbuf_addf(&b, "%s", "more");
	assert_string_equal(buf, "abc12wx");

	strbuf_init(&b, buf, 1);
	strbuf_addn(&b, "x", 1);
	assert_true(b.full);
	assert_string_equal(buf, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copy_fits_or_not),
		cmocka_unit_test(starts_ends_printable),
		cmocka_unit_test(words),
		cmocka_unit_test(bad_words),
		cmocka_unit_test(words_lead_back),
		cmocka_unit_test(buffer_stops_at_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
