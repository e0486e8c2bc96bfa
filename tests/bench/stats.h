/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BENCH_STATS_H
#define TESTS_BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>

/* Some thousand measurements of one thing, in nanoseconds; what does not fit any more is left out.
 */
#define SAMPLES_MAX 4096

struct samples {
	size_t n;
	uint64_t ns[SAMPLES_MAX];
};

void samples_add(struct samples *s, uint64_t ns);

/* The value that @percent of all are not above (50: the median); sorts @s. 0 if there is none. */
uint64_t samples_percentile(struct samples *s, unsigned int percent);

#endif
