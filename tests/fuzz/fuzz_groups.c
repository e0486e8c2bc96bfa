/* SPDX-License-Identifier: MIT */
/* The file of system call groups: read or refused with a place, and each group can be walked. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gen/seccomp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct groups groups;

static int count(void *ctx, const char *call)
{
	unsigned int *n = ctx;

	return strlen(call) == 0 || ++*n > 100000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err e = ERR_NONE;

	/* Nested groups can grow: eight levels of a few words each are enough here. */
	if (len > 512)
		return 0;
	if (groups_parse(&groups, "groups", (const char *)data, len, &e) != 0)
		return strstr(e.text, "groups") == e.text ? 0 : (abort(), 0);
	for (unsigned int i = 0; i < groups.n; i++) {
		unsigned int n = 0;

		groups_each(&groups, groups.group[i].name, count, &n);
	}
	return 0;
}
