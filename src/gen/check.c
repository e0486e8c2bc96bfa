/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "gen/file.h"
#include "gen/gen.h"
#include "gen/report.h"
#include "conf/table.h"

static struct table table;

static void found(void *ctx, int row, const char *key, const char *text)
{
	const char *file = ctx, *equals = *key ? "=: " : "";

	if (row < 0)
		report_at(file, 0, "%s%s%s (in [system])", key, equals, text);
	else
		report_at(file, 0, "%s%s%s (in [service %s])", key, equals, text,
			  table.service[row].name);
}

int gen_check(int argc, char **argv)
{
	struct check_sink sink = { .found = found };
	struct err e = ERR_NONE;
	size_t len;
	char *text;

	if (argc != 2) {
		fprintf(stderr, "jail-gen check: wanted the name of one table, found %d\n",
			argc - 1);
		return GEN_USAGE;
	}
	text = file_read(argv[1], &len, &e);
	if (!text) {
		report_at(argv[1], 0, "%s", e.text);
		return GEN_WRONG;
	}
	if (table_parse(&table, argv[1], text, len, &e)) {
		fprintf(stderr, "%s\n", e.text);
		free(text);
		return GEN_WRONG;
	}
	free(text);
	sink.ctx = argv[1];
	if (table_check_all(&table, &sink))
		return GEN_WRONG;
	printf("%s: %u services, sound\n", argv[1], table.n);
	return GEN_OK;
}
