/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LAUNCH_FAKE_INIT_H
#define TESTS_LAUNCH_FAKE_INIT_H

#include "base/err.h"
#include "ipc/launch.h"

/* PID 1's part of a start, for tests and measurements of jail-launch on the build host. */

#define FAKE_PASSED_MAX 32

/* One jail to start, as often as wanted. */
struct fake_init {
	struct launch_record record;
	int record_fd;	 /* memfd of it */
	int launcher_fd; /* jail-launch */
	int program_fd;	 /* ExecStart=jailinit:NAME, or /dev/null */
	int cgroup_fd;	 /* where the jail is born, or -1 */
	int null_fd;
	int message_fd;		     /* fd 2 of the jail, -1: as fd 1 */
	int passed[FAKE_PASSED_MAX]; /* n_listen + n_extra */
};

/* One run of it. All fds are closed by fake_init_end(). */
struct fake_run {
	pid_t launcher;
	int launcher_fd; /* pidfds, -1 if there is none (yet) */
	int service_fd;
	int error_fd; /* exec pipe */
	int status_fd;
	int output_fd; /* of the service's fds 1 and 2, -1 if @output was given */
};

/*
 * A record for the row @text (lines as in a .svc file) named @name, with a filter that allows
 * everything. The caller sets paths and peers in f->record and calls fake_init_seal() before the
 * first start and after each change.
 */
int fake_init_make(struct fake_init *f, const char *launcher, const char *name, const char *text,
		   struct err *e);
int fake_init_seal(struct fake_init *f, struct err *e);

/* Start it; fds 1 and 2 of the jail are @output, or a new pipe for -1. Returns 0 or -errno with @e.
 */
int fake_init_start(struct fake_init *f, int output, struct fake_run *run, struct err *e);

/* Wait for the end of the start: 0 once the program runs, else -errno with the launcher's own @e.
 */
int fake_init_started(struct fake_run *run, struct err *e);

/* Wait for the launcher's end. Returns the raw status of the service, or -errno if it was not told.
 */
int fake_init_wait(struct fake_run *run, int *launcher_status);

void fake_init_end(struct fake_run *run);

#endif
