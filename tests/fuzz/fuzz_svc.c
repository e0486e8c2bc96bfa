/* SPDX-License-Identifier: MIT */
/*
 * A .svc file: what is accepted is sound, and printing, parsing and printing again gives the same
 * text.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char once[TABLE_MAX_BYTES], twice[TABLE_MAX_BYTES];
static struct table table;
static struct service service;

static size_t print(const struct service *s, char *buf)
{
	struct system_conf system = { 0 };
	int n, m;

	system_defaults(&system);
	n = system_print(&system, buf, TABLE_MAX_BYTES);
	m = n < 0 ? n : service_print(s, buf + n, TABLE_MAX_BYTES - (size_t)n);
	if (m < 0)
		abort();
	return (size_t)n + (size_t)m;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err e = ERR_NONE;
	size_t n;

	if (service_parse(&service, "web", "web.svc", (const char *)data, len, NULL, &e) != 0)
		return strlen(e.text) > 0 ? 0 : (abort(), 0);
	if (!service_valid(&service))
		abort();
	n = print(&service, once);
	table_parse(&table, "t", once, n, &e);
	/*
	 * The row may be refused as a row of a table (names of users, say), but then it is not half
	 * there.
	 */
	if (table.n != 1 || !table.intact[0])
		return 0;
	if (print(&table.service[0], twice) != n || memcmp(once, twice, n) != 0)
		abort();
	return 0;
}
