/* SPDX-License-Identifier: MIT */
#include "jailctl/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool colors;

void terminal_detect(void)
{
	const char *term = getenv("TERM");
	const char *no_color = getenv("NO_COLOR");

	colors = isatty(STDOUT_FILENO) && !(no_color && *no_color) && term &&
		 strcmp(term, "dumb") != 0;
}

const char *terminal_paint(enum color color)
{
	static const char *const codes[] = {
		[COLOR_PLAIN] = "",	  [COLOR_GREEN] = "\033[32m", [COLOR_YELLOW] = "\033[33m",
		[COLOR_RED] = "\033[31m", [COLOR_DIM] = "\033[2m",
	};

	return colors ? codes[color] : "";
}

const char *terminal_plain(void)
{
	return colors ? "\033[0m" : "";
}

const char *terminal_span(uint64_t ms, char text[SPAN_TEXT_MAX])
{
	unsigned long long s = ms / 1000;

	if (s < 60)
		snprintf(text, SPAN_TEXT_MAX, "%llus", s);
	else if (s < 3600)
		snprintf(text, SPAN_TEXT_MAX, "%llumin %llus", s / 60, s % 60);
	else if (s < 86400)
		snprintf(text, SPAN_TEXT_MAX, "%lluh %llumin", s / 3600, s / 60 % 60);
	else
		snprintf(text, SPAN_TEXT_MAX, "%llud %lluh", s / 86400, s / 3600 % 24);
	return text;
}

void terminal_table(const char *const *head, const struct cells *rows, unsigned int n,
		    unsigned int n_columns, unsigned int colored)
{
	int width[COLUMNS_MAX] = { 0 };

	for (unsigned int c = 0; c < n_columns; c++) {
		width[c] = head ? (int)strlen(head[c]) : 0;
		for (unsigned int i = 0; i < n; i++)
			if ((int)strlen(rows[i].at[c]) > width[c])
				width[c] = (int)strlen(rows[i].at[c]);
	}
	for (unsigned int c = 0; head && c < n_columns; c++)
		printf("%-*s%s", c + 1 < n_columns ? width[c] : 0, head[c],
		       c + 1 < n_columns ? "  " : "\n");
	for (unsigned int i = 0; i < n; i++) {
		unsigned int end = n_columns;

		while (end > 1 && !rows[i].at[end - 1][0])
			end--;
		for (unsigned int c = 0; c < end; c++)
			printf("%s%-*s%s%s", c == colored ? terminal_paint(rows[i].color) : "",
			       c + 1 < end ? width[c] : 0, rows[i].at[c],
			       c == colored ? terminal_plain() : "", c + 1 < end ? "  " : "\n");
	}
}

/* Bytes of the UTF-8 sequence that @first begins; 0: none can. */
static unsigned int utf8_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/*
 * May @byte be the second one after @first? Leaves out overlong forms, surrogates and what is
 * beyond U+10FFFF.
 */
static bool utf8_second(unsigned char first, unsigned char byte)
{
	unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

	return byte >= low && byte <= high;
}

static void put_escaped(const unsigned char *bytes, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		printf("\\x%02x", bytes[i]);
}

/* The sequence in @rest is complete. */
static void put_sequence(struct utf8_rest *rest)
{
	unsigned char c = rest->at[0];
	bool control = rest->n == 1 ? (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f
				    : c == 0xc2 && rest->at[1] < 0xa0;

	if (control)
		put_escaped(rest->at, rest->n);
	else
		fwrite(rest->at, 1, rest->n, stdout);
	rest->n = 0;
}

void terminal_write_safe(const unsigned char *text, size_t n, struct utf8_rest *rest)
{
	if (n == 0) {
		put_escaped(rest->at, rest->n);
		rest->n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned char c = text[i];

		if (rest->n && !(rest->n == 1 ? utf8_second(rest->at[0], c) : (c & 0xc0) == 0x80)) {
			put_escaped(rest->at, rest->n);
			rest->n = 0;
		}
		if (rest->n == 0 && utf8_length(c) == 0) {
			put_escaped(&c, 1);
			continue;
		}
		rest->at[rest->n++] = c;
		if (rest->n == utf8_length(rest->at[0]))
			put_sequence(rest);
	}
}
