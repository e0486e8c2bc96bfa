/* SPDX-License-Identifier: MIT */
#ifndef JAILCTL_TERMINAL_H
#define JAILCTL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is printed for a person: colours, aligned columns, spans of time, and text that a terminal
 * can bear.
 */

enum color { COLOR_PLAIN, COLOR_GREEN, COLOR_YELLOW, COLOR_RED, COLOR_DIM };

/*
 * Colours only if standard output is a terminal that has them (not with NO_COLOR, nor TERM=dumb).
 */
void terminal_detect(void);

/* What begins a colour, and what ends it: "" where there are none. */
const char *terminal_paint(enum color color);
const char *terminal_plain(void);

/* "52s", "3min 4s", "2h 5min", "9d 3h" into @text. */
#define SPAN_TEXT_MAX 32
const char *terminal_span(uint64_t ms, char text[SPAN_TEXT_MAX]);

#define CELL_MAX    64
#define COLUMNS_MAX 8

/* A row of a table; the colour is for column number @colored. */
struct cells {
	char at[COLUMNS_MAX][CELL_MAX];
	enum color color;
};

/*
 * Print @n rows of @n_columns as wide as they need to be; the last column is not padded. @head
 * names the columns, NULL: no line for them.
 */
void terminal_table(const char *const *head, const struct cells *rows, unsigned int n,
		    unsigned int n_columns, unsigned int colored);

/*
 * Output of a service: write @n bytes at @text to standard output so that no terminal acts on them:
 * control bytes but newline and tab, DEL, the C1 controls and what is not UTF-8 become \xNN. A
 * sequence that goes on in the next call is kept in @rest, zeroed at the beginning and flushed with
 * @n = 0.
 */
struct utf8_rest {
	unsigned char at[4];
	unsigned int n;
};
void terminal_write_safe(const unsigned char *text, size_t n, struct utf8_rest *rest);

#endif
