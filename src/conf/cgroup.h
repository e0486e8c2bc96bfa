/* SPDX-License-Identifier: MIT */
#ifndef CONF_CGROUP_H
#define CONF_CGROUP_H

#include "conf/service.h"

/*
 * The limits of a row as the files of its cgroup (Documentation/admin-guide/cgroup-v2.rst), in one
 * list: PID 1 writes them, jail-launch --verify reads them back.
 */
#define CGROUP_LIMITS_MAX 8

struct cgroup_limit {
	const char *file;
	bool spare; /* a kernel that has no such file is as good: the limit changes nothing there */
	char value[32];
};

/* Fill @l. Returns how many there are. */
unsigned int service_cgroup_limits(const struct service *s,
				   struct cgroup_limit l[CGROUP_LIMITS_MAX]);

#endif
