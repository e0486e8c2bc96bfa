/* SPDX-License-Identifier: MIT */
#include "os/rlimit.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As prlimit64(2) has it on every architecture, whatever the C library's rlim_t is; UINT64_MAX is
 * RLIM64_INFINITY. */
struct limit {
	uint64_t soft;
	uint64_t hard;
};

int rlimit_set(int resource, uint64_t value)
{
	struct limit wanted = { value, value }, now;

	if (syscall(SYS_prlimit64, 0, resource, &wanted, NULL) < 0 ||
	    syscall(SYS_prlimit64, 0, resource, NULL, &now) < 0)
		return -errno;
	return now.soft == value && now.hard == value ? 0 : -EPERM;
}
