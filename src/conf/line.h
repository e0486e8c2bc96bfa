/* SPDX-License-Identifier: MIT */
#ifndef CONF_LINE_H
#define CONF_LINE_H

#include <stddef.h>

#include "base/err.h"
#include "conf/limits.h"

/* The lines of a table or .svc file. */
enum line_kind {
	LINE_EMPTY,   /* nothing, or a comment */
	LINE_SECTION, /* [text]: value is what is between the brackets */
	LINE_KEY      /* Key=value */
};

struct line {
	enum line_kind kind;
	unsigned int number; /* counts from 1 */
	const char *start;   /* its bytes in the file */
	char *key, *value;   /* in text; value without blanks around it */
	char text[LINE_MAX_BYTES];
};

struct line_reader {
	const char *at, *end;
	unsigned int number;
};

void line_reader_init(struct line_reader *r, const char *text, size_t len);

/*
 * The next line into @l. Returns 1, 0 after the last, or -EINVAL with @e ("wanted ..., found ...")
 * for a line that is none of the above: number and start are set all the same, and the next call
 * goes on behind it.
 */
int line_next(struct line_reader *r, struct line *l, struct err *e);

/* Cut blanks off both ends of @s, in place. Returns its new start. */
char *line_trim(char *s);

#endif
