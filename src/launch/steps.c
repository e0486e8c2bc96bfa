/* SPDX-License-Identifier: MIT */
#include "launch/steps.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

/*
 * The order in which a jail is built. The names are what a person reads when a start fails.
 *
 * Until "pivot" the machine's own files can be reached. What every process of the jail is subject
 * to is put up in the launcher, the rest in the program's own process, its filter last.
 */
static const struct step {
	const char *name;
	enum step_place place;
	int (*run)(struct jail *j, struct err *e);
} steps[] = {
	{ "record", STEP_LAUNCHER, step_record },
	{ "shield", STEP_LAUNCHER, step_shield },
	{ "namespaces", STEP_LAUNCHER, step_namespaces },
	{ "network", STEP_LAUNCHER, step_network },
	{ "propagation", STEP_LAUNCHER, step_propagation },
	{ "hostname", STEP_LAUNCHER, step_hostname },
	{ "terminal", STEP_LAUNCHER, step_tty },
	{ "oom score", STEP_LAUNCHER, step_oom_score },
	{ "firmware", STEP_LAUNCHER, step_firmware },
	{ "memory", STEP_LAUNCHER, step_memory },
	{ "view", STEP_LAUNCHER, step_view },
	{ "usr", STEP_LAUNCHER, step_usr },
	{ "writable", STEP_LAUNCHER, step_writable },
	{ "dev", STEP_LAUNCHER, step_dev },
	{ "proc", STEP_LAUNCHER, step_proc },
	{ "state directory", STEP_LAUNCHER, step_state_directory },
	{ "runtime directory", STEP_LAUNCHER, step_runtime_directory },
	{ "socket from", STEP_LAUNCHER, step_socket_from },
	{ "bind paths", STEP_LAUNCHER, step_bind_paths },
	{ "control", STEP_LAUNCHER, step_control },
	{ "write execute", STEP_LAUNCHER, step_write_execute },
	{ "keyring", STEP_LAUNCHER, step_keyring },
	{ "bounding set", STEP_LAUNCHER, step_bounding },
	{ "no new privileges", STEP_LAUNCHER, step_no_new_privs },
	{ "landlock", STEP_LAUNCHER, step_landlock },
	{ "pivot", STEP_LAUNCHER, step_pivot },
	{ "verify root", STEP_LAUNCHER, step_verify_root },
	{ "start pre", STEP_LAUNCHER, step_pre_start },
	{ "start", STEP_LAUNCHER, step_start },

	{ "announce", STEP_PROGRAM, step_announce },
	{ "session", STEP_PROGRAM, step_session },
	{ "environment", STEP_PROGRAM, step_environment },
	{ "files", STEP_PROGRAM, step_files },
	{ "limits", STEP_PROGRAM, step_limits },
	{ "groups", STEP_PROGRAM, step_groups },
	{ "user", STEP_PROGRAM, step_user },
	{ "capabilities", STEP_PROGRAM, step_capabilities },
	{ "working directory", STEP_PROGRAM, step_directory },
	{ "filter", STEP_PROGRAM, step_filter },
	{ "exec", STEP_PROGRAM, step_exec },
};

static void tell_time(const char *name)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	dprintf(2, "jail-launch: %lld.%09ld after %s\n", (long long)t.tv_sec, t.tv_nsec, name);
}

int steps_run(enum step_place place, struct jail *j, struct err *e)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int rc;

		if (steps[i].place != place)
			continue;
		rc = steps[i].run(j, e);
		if (rc < 0) {
			/* A step that ran steps of its own has named the one that failed. */
			if (!e->step[0])
				err_step(e, steps[i].name);
			return rc;
		}
		if (j->record->verbose)
			tell_time(steps[i].name);
	}
	return 0;
}
