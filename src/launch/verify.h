/* SPDX-License-Identifier: MIT */
#ifndef LAUNCH_VERIFY_H
#define LAUNCH_VERIFY_H

#include "ipc/verify.h"

/*
 * `jail-launch --verify`: what the kernel says of a service, held against its row. The files that it
 * reads are the kernel's; nothing of the service's own is opened.
 */
struct verify {
	const struct launch_record *record;
	int proc_fd;   /* /proc/PID of the service */
	int cgroup_fd; /* its cgroup */
	struct verify_result *result;
};

/* The whole program. Returns an enum launch_exit. */
int verify_main(void);

/*
 * The parts. Each notes its comparisons in the result; -errno with @e: it could not be read.
 * The texts are those of the files in /proc/PID.
 */
int verify_status(struct verify *v, const char *status, struct err *e);
int verify_mounts(struct verify *v, const char *mountinfo, size_t len, struct err *e);
int verify_spaces(struct verify *v, struct err *e);
int verify_cgroup(struct verify *v, struct err *e);

#endif
