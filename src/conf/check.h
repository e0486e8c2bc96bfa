/* SPDX-License-Identifier: MIT */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include "conf/table.h"

/* What the checks share; from outside use table_check() and table_check_all(). */
struct checker {
	const struct table *t;
	const struct check_sink *sink;
	unsigned int found;
};

/* Tell one mistake in key @key ("": the whole) of row @row (-1: [system]). */
void check_report(struct checker *c, int row, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Is this row there and sound? Nothing can be said about the others. */
static inline bool check_has(const struct checker *c, uint32_t row)
{
	return c->t->intact[row];
}

/* What is wrong in one row on its own. */
void check_row(struct checker *c, uint32_t row);

/* What two rows cannot both have: user, directory, terminal, duty, port. */
void check_pairs(struct checker *c);

/* Names in After=, Requires= and SocketFrom=, and circles in the order of start. */
void check_order(struct checker *c);

#endif
