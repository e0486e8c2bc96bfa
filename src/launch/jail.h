/* SPDX-License-Identifier: MIT */
#ifndef LAUNCH_JAIL_H
#define LAUNCH_JAIL_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"
#include "ipc/launch.h"

/* One program to run in the jail: an ExecStartPre= line or, with main, ExecStart=. */
struct command {
	struct strlist argv;
	bool main;
};

/* The one jail this process builds, starts and waits for. Static: the launcher allocates nothing.
 */
struct jail {
	const struct launch_record *record;
	const struct service *service;

	/* The building site; -1 when not open. Each is closed where it is no longer needed. */
	int firmware_fd; /* the firmware's root */
	int memory_fd;	 /* root of the jail's own memory file system, with tmp, run, var, shm */
	int root_fd;	 /* root of the jail to be */
	int tty_fd;	 /* TTYPath= */
	struct stat root_stat; /* of the view, to know "/" by afterwards */

	struct command command; /* what the child of the moment runs */
	pid_t main_pid;
};

/* The first fd number the launcher itself may use: what is below is PID 1's to choose
 * (ipc/launch.h). */
static inline unsigned int jail_passed_fds(const struct jail *j)
{
	return (unsigned int)j->record->n_listen + j->record->n_extra;
}

/*
 * The steps, in the files that hold them. Each returns 0 or -errno with @e; the name of the step is
 * filled in by who runs it (steps.c). A step that the row does not ask for does nothing.
 */

/* record.c */
int step_record(struct jail *j, struct err *e);

/* shield.c: the launcher itself */
int step_shield(struct jail *j, struct err *e);
int step_oom_score(struct jail *j, struct err *e);

/* spaces.c: namespaces */
int step_namespaces(struct jail *j, struct err *e);
int step_network(struct jail *j, struct err *e);
int step_propagation(struct jail *j, struct err *e);
int step_hostname(struct jail *j, struct err *e);

/* root.c: the view of the firmware and what is mounted in it */
int step_firmware(struct jail *j, struct err *e);
int step_memory(struct jail *j, struct err *e);
int step_view(struct jail *j, struct err *e);
int step_usr(struct jail *j, struct err *e);
int step_writable(struct jail *j, struct err *e);
int step_proc(struct jail *j, struct err *e);
int step_pivot(struct jail *j, struct err *e);
int step_verify_root(struct jail *j, struct err *e);

/* dev.c */
int step_tty(struct jail *j, struct err *e);
int step_dev(struct jail *j, struct err *e);

/* dirs.c: directories and files from outside the firmware's /usr */
int step_state_directory(struct jail *j, struct err *e);
int step_runtime_directory(struct jail *j, struct err *e);
int step_socket_from(struct jail *j, struct err *e);
int step_bind_paths(struct jail *j, struct err *e);
int step_control(struct jail *j, struct err *e);

/* walls.c: what holds for every process of the jail and may be put up before the program's own
 * process exists */
int step_write_execute(struct jail *j, struct err *e);
int step_keyring(struct jail *j, struct err *e);
int step_bounding(struct jail *j, struct err *e);
int step_no_new_privs(struct jail *j, struct err *e);
int step_landlock(struct jail *j, struct err *e);

/* start.c: the processes */
int step_pre_start(struct jail *j, struct err *e);
int step_start(struct jail *j, struct err *e);

/* program.c: in the program's own process, which shares the launcher's memory until it execs */
int step_announce(struct jail *j, struct err *e);
int step_session(struct jail *j, struct err *e);
int step_environment(struct jail *j, struct err *e);
int step_files(struct jail *j, struct err *e);
int step_limits(struct jail *j, struct err *e);
int step_groups(struct jail *j, struct err *e);
int step_user(struct jail *j, struct err *e);
int step_capabilities(struct jail *j, struct err *e);
int step_directory(struct jail *j, struct err *e);
int step_filter(struct jail *j, struct err *e);
int step_exec(struct jail *j, struct err *e);

/*
 * Bind @from below @from_fd ("" is itself; @from_name is what a person calls it) with mount
 * attributes @attrs to @to below @to_fd. Returns 0 or -errno with @e.
 */
struct bind {
	int from_fd;
	const char *from;
	const char *from_name;
	uint64_t attrs;
	int to_fd;
	const char *to;
};
int jail_bind(const struct bind *b, struct err *e);

#endif
