/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/crc32.h"
#include "base/num.h"
#include "base/time.h"

#define UNTOUCHED 4711

static void whole_numbers(void **state)
{
	static const char *const bad[] = { "",	   " 1",  "1 ",	 "+1",	"-1",
					   "0x10", "1e3", "1.0", "1\n", "a" };
	uint64_t v = UNTOUCHED;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(num_parse_u64(bad[i], 0, UINT64_MAX, &v), -EINVAL);
	assert_int_equal(num_parse_u64("4", 5, 9, &v), -ERANGE);
	assert_int_equal(num_parse_u64("10", 5, 9, &v), -ERANGE);
	assert_int_equal(num_parse_u64("99999999999999999999999", 0, 9, &v), -ERANGE);
	assert_int_equal(v, UNTOUCHED);
	assert_int_equal(num_parse_u64("5", 5, 9, &v), 0);
	assert_int_equal(v, 5);
	assert_int_equal(num_parse_u64("0009", 5, 9, &v), 0);
	assert_int_equal(v, 9);
	assert_int_equal(num_parse_u64("18446744073709551614", 0, UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX - 1);
}

static void signed_numbers(void **state)
{
	int64_t v = UNTOUCHED;

	(void)state;
	assert_int_equal(num_parse_s64("--1", -5, 5, &v), -EINVAL);
	assert_int_equal(num_parse_s64("-", -5, 5, &v), -EINVAL);
	assert_int_equal(num_parse_s64("-6", -5, 5, &v), -ERANGE);
	assert_int_equal(num_parse_s64("9223372036854775808", INT64_MIN, INT64_MAX, &v), -ERANGE);
	assert_int_equal(v, UNTOUCHED);
	assert_int_equal(num_parse_s64("-5", -5, 5, &v), 0);
	assert_int_equal(v, -5);
	assert_int_equal(num_parse_s64("-0", -5, 5, &v), 0);
	assert_int_equal(v, 0);
}

static void octal_and_hex(void **state)
{
	uint64_t v = UNTOUCHED;

	(void)state;
	assert_int_equal(num_parse_octal("8", 0777, &v), -EINVAL);
	assert_int_equal(num_parse_octal("1000", 0777, &v), -ERANGE);
	assert_int_equal(num_parse_octal("0755", 0777, &v), 0);
	assert_int_equal(v, 0755);
	assert_int_equal(num_parse_hex("0123abcD", 8, &v), -EINVAL);
	assert_int_equal(num_parse_hex("123abcd", 8, &v), -EINVAL);
	assert_int_equal(num_parse_hex("00000000000000000", 17, &v), -EINVAL);
	assert_int_equal(num_parse_hex("0123abcd", 8, &v), 0);
	assert_int_equal(v, 0x0123abcd);
}

static void sizes(void **state)
{
	static const char *const bad[] = { "", "K", "1k", "1KB", "1 K", "1.5M", "-1K", "1T" };
	uint64_t v = UNTOUCHED;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(num_parse_size(bad[i], 0, UINT64_MAX, &v), -EINVAL);
	assert_int_equal(num_parse_size("99999999999G", 0, 1u << 30, &v), -ERANGE);
	assert_int_equal(v, UNTOUCHED);
	assert_int_equal(num_parse_size("64K", 0, UINT64_MAX, &v), 0);
	assert_int_equal(v, 65536);
	assert_int_equal(num_parse_size("3G", 0, UINT64_MAX, &v), 0);
	assert_int_equal(v, (uint64_t)3 << 30);
}

static void spans(void **state)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} good[] = {
		{ "0", 0 },	    { "5", 5000 },     { "5s", 5000 },	   { "100ms", 100 },
		{ "2min", 120000 }, { "1h", 3600000 }, { "1d", 86400000 },
	};
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(num_parse_span(good[i].text, 0, UINT64_MAX, &v), 0);
		assert_int_equal(v, good[i].ms);
	}
	assert_int_equal(num_parse_span("1min 30s", 0, UINT64_MAX, &v), -EINVAL);
	assert_int_equal(num_parse_span("5m", 0, UINT64_MAX, &v), -EINVAL);
	assert_int_equal(num_parse_span("18446744073709551615h", 0, 1000, &v), -ERANGE);
}

/* Whatever is written is read back, and is written shortly. */
static void formats_lead_back(void **state)
{
	char text[NUM_TEXT_MAX];
	uint64_t seed = 1, v;

	(void)state;
	assert_string_equal(num_format_size(0, text), "0");
	assert_string_equal(num_format_size(1536, text), "1536");
	assert_string_equal(num_format_size(65536, text), "64K");
	assert_string_equal(num_format_span(0, text), "0");
	assert_string_equal(num_format_span(90000, text), "90s");
	assert_string_equal(num_format_span(120000, text), "2min");
	for (int i = 0; i < 20000; i++) {
		uint64_t n;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		n = seed >> (seed % 60) << (seed >> 32) % 20;
		assert_int_equal(num_parse_size(num_format_size(n, text), 0, UINT64_MAX, &v), 0);
		assert_true(v == n);
		n >>= 1;
		assert_int_equal(num_parse_span(num_format_span(n, text), 0, UINT64_MAX, &v), 0);
		assert_true(v == n);
	}
}

/* Against the plain definition, in pieces of all lengths and at all alignments. */
static void checksum(void **state)
{
	unsigned char data[300];
	uint32_t slow = 0xffffffffu;

	(void)state;
	assert_int_equal(crc32_add(0, "123456789", 9), 0xcbf43926u);
	assert_int_equal(crc32_add(0, "", 0), 0);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 167 + 13);
	for (size_t n = 0; n < sizeof(data); n++) {
		assert_int_equal(crc32_add(0, data, n), (uint32_t)~slow);
		for (size_t cut = 0; cut <= n; cut += 7)
			assert_int_equal(crc32_add(crc32_add(0, data, cut), data + cut, n - cut),
					 (uint32_t)~slow);
		slow ^= data[n];
		for (int bit = 0; bit < 8; bit++)
			slow = slow >> 1 ^ (slow & 1 ? 0xedb88320u : 0);
	}
}

static void clocks_go_forward(void **state)
{
	uint64_t boot = time_boot_ms(), monotonic = time_monotonic_ms(), ns = time_boot_ns();

	(void)state;
	assert_true(time_boot_ms() >= boot);
	assert_true(time_monotonic_ms() >= monotonic);
	assert_true(time_boot_ns() >= ns);
	assert_true(ns / 1000000 >= boot);
	assert_true(boot >= monotonic);
	assert_true(time_real_ns() > 1000000000u * (uint64_t)1600000000u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers), cmocka_unit_test(signed_numbers),
		cmocka_unit_test(octal_and_hex), cmocka_unit_test(sizes),
		cmocka_unit_test(spans),	 cmocka_unit_test(formats_lead_back),
		cmocka_unit_test(checksum),	 cmocka_unit_test(clocks_go_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
