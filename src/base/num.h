/* SPDX-License-Identifier: MIT */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

/*
 * Numbers from text. The whole string has to be the number: no blanks, no sign but '-' where it can
 * be negative, no base prefix. All return 0, -EINVAL if the text is not such a number, or -ERANGE
 * if it is one outside min..max; the result is written on success only.
 */
int num_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *value);
int num_parse_s64(const char *text, int64_t min, int64_t max, int64_t *value);

/* Octal digits, as file modes are written. */
int num_parse_octal(const char *text, uint64_t max, uint64_t *value);

/* Hexadecimal digits, lower case, exactly @digits of them. */
int num_parse_hex(const char *text, unsigned int digits, uint64_t *value);

/* Bytes: a number, or one with K, M or G behind it (1024 each). */
int num_parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *bytes);

/* A span of time: a number with ms, s, min, h or d behind it; without one it is seconds. */
int num_parse_span(const char *text, uint64_t min_ms, uint64_t max_ms, uint64_t *ms);

/* Room for any number that the two below write. */
#define NUM_TEXT_MAX 24

/*
 * The shortest text that num_parse_size() or num_parse_span() reads back as this number, into @buf
 * of NUM_TEXT_MAX.
 * Returns @buf.
 */
const char *num_format_size(uint64_t bytes, char buf[NUM_TEXT_MAX]);
const char *num_format_span(uint64_t ms, char buf[NUM_TEXT_MAX]);

#endif
