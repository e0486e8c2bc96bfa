/* SPDX-License-Identifier: MIT */
#ifndef OS_RLIMIT_H
#define OS_RLIMIT_H

#include <stdint.h>

/*
 * Make @value (UINT64_MAX: no limit) the soft and the hard limit of @resource (RLIMIT_*) of the
 * calling process, and read it back: -EPERM if it became something else. Returns 0 or -errno. See
 * prlimit(2).
 */
int rlimit_set(int resource, uint64_t value);

#endif
