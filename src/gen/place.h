/* SPDX-License-Identifier: MIT */
#ifndef GEN_PLACE_H
#define GEN_PLACE_H

#include "conf/service.h"

/* Where a word of a filter comes from, for messages. */
struct word_place {
	const char *file;
	unsigned int line;
	const char *what; /* "row web: SystemCallFilter=" */
};
/* How to find the line of a word; asked for messages only. */
struct placer {
	struct word_place (*find)(void *ctx, const char *word);
	void *ctx;
};

/* Where a word of a row stands in services.tab: the ctx of a struct placer. */
struct row_place {
	const char *file, *text; /* the table */
	const struct service *row;
	char what[80]; /* its own */
};

/*
 * The first line of the row that has @word after its '='; else that of its header (the word came
 * from a default). @ctx is a struct row_place.
 */
struct word_place row_place_find(void *ctx, const char *word);

#endif
