/* SPDX-License-Identifier: MIT */
#include "gen/calls.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

int calls_find(const struct calls *set, int nr)
{
	for (unsigned int i = 0; i < set->n; i++)
		if (set->call[i].nr == nr)
			return (int)i;
	return -1;
}

struct call *calls_add(struct calls *set, const char *name, int nr, uint32_t action)
{
	unsigned int i = set->n;
	int found = calls_find(set, nr);

	if (found >= 0)
		return &set->call[found];
	if (set->n == CALLS_MAX)
		abort(); /* more than any machine has */
	for (; i > 0 && set->call[i - 1].nr > nr; i--)
		set->call[i] = set->call[i - 1];
	str_copy(set->call[i].name, CALL_NAME_MAX,
		 name); /* groups_parse() and add_call() saw to the length */
	set->call[i].nr = nr;
	set->call[i].action = action;
	set->call[i].rule = set->call[i].n_rules = 0;
	set->n++;
	return &set->call[i];
}

void calls_remove(struct calls *set, int nr)
{
	int i = calls_find(set, nr);

	if (i < 0)
		return;
	memmove(&set->call[i], &set->call[i + 1],
		(set->n - (unsigned int)i - 1) * sizeof(set->call[0]));
	set->n--;
}
