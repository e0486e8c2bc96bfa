/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include <stdlib.h>

void samples_add(struct samples *s, uint64_t ns)
{
	if (s->n < SAMPLES_MAX)
		s->ns[s->n++] = ns;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint64_t samples_percentile(struct samples *s, unsigned int percent)
{
	if (s->n == 0)
		return 0;
	qsort(s->ns, s->n, sizeof(s->ns[0]), compare);
	return s->ns[(s->n - 1) * percent / 100];
}
