/* SPDX-License-Identifier: MIT */
#include "conf/cgroup.h"

#include <stdio.h>
#include <string.h>

/* The period of cpu.max, in microseconds: the kernel's own default. */
#define CPU_PERIOD_US 100000u

static void set(struct cgroup_limit *l, const char *file, bool spare, uint64_t value)
{
	l->file = file;
	l->spare = spare;
	if (value == LIMIT_INFINITY)
		strcpy(l->value, "max");
	else
		snprintf(l->value, sizeof(l->value), "%llu", (unsigned long long)value);
}

unsigned int service_cgroup_limits(const struct service *s,
				   struct cgroup_limit l[CGROUP_LIMITS_MAX])
{
	unsigned int n = 0;

	set(&l[n++], "memory.max", false, s->memory_max);
	set(&l[n++], "memory.swap.max", true, 0); /* no file: no swap */
	set(&l[n++], "memory.oom.group", false, 1);
	set(&l[n++], "pids.max", false, s->tasks_max);
	set(&l[n++], "cpu.weight", s->cpu_weight == 100, s->cpu_weight);
	set(&l[n], "cpu.max", s->cpu_quota == PERCENT_INFINITY, LIMIT_INFINITY);
	if (s->cpu_quota != PERCENT_INFINITY)
		snprintf(l[n].value, sizeof(l[n].value), "%llu %u",
			 (unsigned long long)s->cpu_quota * CPU_PERIOD_US / 100, CPU_PERIOD_US);
	n++;
	set(&l[n++], "io.weight", s->io_weight == 100, s->io_weight);
	set(&l[n++], "cgroup.max.descendants", false, 0);
	return n;
}
