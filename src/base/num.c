/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{ "G", 1024 * 1024 * 1024 },
	{ "M", 1024 * 1024 },
	{ "K", 1024 },
};

static const struct unit span_units[] = {
	{ "d", 24 * 60 * 60 * 1000 },
	{ "h", 60 * 60 * 1000 },
	{ "min", 60 * 1000 },
	{ "s", 1000 },
	{ "ms", 1 },
};

/*
 * The digits at the start of @text; @end is what follows them. A number too long for 64 bit becomes
 * UINT64_MAX.
 */
static int digits(const char *text, unsigned int base, uint64_t *value, const char **end)
{
	uint64_t v = 0;
	const char *p = text;

	for (; *p >= '0' && *p < '0' + (int)base; p++) {
		uint64_t d = (uint64_t)(*p - '0');

		v = v > (UINT64_MAX - d) / base ? UINT64_MAX : v * base + d;
	}
	if (p == text)
		return -EINVAL;
	*value = v;
	*end = p;
	return 0;
}

static int in_range(uint64_t v, uint64_t min, uint64_t max, uint64_t *value)
{
	if (v < min || v > max)
		return -ERANGE;
	*value = v;
	return 0;
}

int num_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	const char *end;
	uint64_t v;

	if (digits(text, 10, &v, &end) || *end)
		return -EINVAL;
	return in_range(v, min, max, value);
}

int num_parse_s64(const char *text, int64_t min, int64_t max, int64_t *value)
{
	bool negative = *text == '-';
	const char *end;
	uint64_t v;
	int64_t n;

	if (digits(text + negative, 10, &v, &end) || *end)
		return -EINVAL;
	if (v > INT64_MAX)
		return -ERANGE;
	n = negative ? -(int64_t)v : (int64_t)v;
	if (n < min || n > max)
		return -ERANGE;
	*value = n;
	return 0;
}

int num_parse_octal(const char *text, uint64_t max, uint64_t *value)
{
	const char *end;
	uint64_t v;

	if (digits(text, 8, &v, &end) || *end)
		return -EINVAL;
	return in_range(v, 0, max, value);
}

int num_parse_hex(const char *text, unsigned int n_digits, uint64_t *value)
{
	static const char set[] = "0123456789abcdef";
	uint64_t v = 0;

	if (strlen(text) != n_digits || n_digits > 16)
		return -EINVAL;
	for (const char *p = text; *p; p++) {
		const char *d = strchr(set, *p);

		if (!d)
			return -EINVAL;
		v = v << 4 | (uint64_t)(d - set);
	}
	*value = v;
	return 0;
}

/* A number with the name of a unit behind it, or none: then it counts @bare. */
static int with_unit(const char *text, const struct unit *units, size_t n, uint64_t bare,
		     uint64_t *value)
{
	uint64_t factor = bare, v;
	const char *end;

	if (digits(text, 10, &v, &end))
		return -EINVAL;
	if (*end) {
		size_t i = 0;

		while (i < n && strcmp(units[i].name, end) != 0)
			i++;
		if (i == n)
			return -EINVAL;
		factor = units[i].factor;
	}
	*value = v > UINT64_MAX / factor ? UINT64_MAX : v * factor;
	return 0;
}

int num_parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *bytes)
{
	uint64_t v;

	if (with_unit(text, size_units, LENGTH(size_units), 1, &v))
		return -EINVAL;
	return in_range(v, min, max, bytes);
}

int num_parse_span(const char *text, uint64_t min_ms, uint64_t max_ms, uint64_t *ms)
{
	uint64_t v;

	if (with_unit(text, span_units, LENGTH(span_units), 1000, &v))
		return -EINVAL;
	return in_range(v, min_ms, max_ms, ms);
}

static const char *format(uint64_t v, const struct unit *units, size_t n, char *buf)
{
	const char *name = "";

	for (size_t i = 0; v && i < n; i++) {
		if (v % units[i].factor == 0) {
			v /= units[i].factor;
			name = units[i].name;
			break;
		}
	}
	snprintf(buf, NUM_TEXT_MAX, "%" PRIu64 "%s", v, name);
	return buf;
}

const char *num_format_size(uint64_t bytes, char buf[NUM_TEXT_MAX])
{
	return format(bytes, size_units, LENGTH(size_units), buf);
}

const char *num_format_span(uint64_t ms, char buf[NUM_TEXT_MAX])
{
	return format(ms, span_units, LENGTH(span_units), buf);
}
