/* SPDX-License-Identifier: MIT */
#ifndef INIT_SYSCTL_H
#define INIT_SYSCTL_H

#include <stdbool.h>

#include "init/report.h"

/* One setting of the kernel, and why. */
struct sysctl {
	const char *path; /* below /proc/sys/ */
	const char *value;
	const char *why;
	bool required; /* a jail counts on it: a failure is a warning */
};

/* The whole list, @n rows. */
const struct sysctl *sysctl_list(unsigned int *n);

/*
 * Write every setting; needs /proc. A file that this kernel does not have is REPORT_DEBUG, a failed
 * write is REPORT_WARNING where it is required and REPORT_DEBUG where not. Returns the number of
 * failed required ones.
 *
 * vm.memfd_noexec becomes 2 in PID 1's pid namespace and all below: make memfds with
 * MFD_NOEXEC_SEAL.
 */
unsigned int sysctl_apply(const struct report *r);

/* Host name of the machine; sethostname(2). Returns 0 or -errno. */
int hostname_set(const char *name, struct err *e);

#endif
