/* SPDX-License-Identifier: MIT */
#ifndef JAILCTL_COMMAND_H
#define JAILCTL_COMMAND_H

#include "jailctl/client.h"

/* Exit statuses; 3 and 4 are those of systemctl status and of LSB init scripts. */
enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_RUNNING = 3, /* status: the service exists, but is not running */
	EXIT_UNKNOWN = 4      /* status: there is no such service */
};

/* Options, as bits: which were given, and which a command takes. */
enum option {
	OPTION_OUTPUT = 1,
	OPTION_NO_HEADERS = 2,
	OPTION_FOLLOW = 4,
	OPTION_LINES = 8,
	OPTION_NO_TIME = 16,
	OPTION_NO_WAIT = 32
};

enum output { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_NAME };

/* One call of jailctl. */
struct call {
	const char *verb;
	unsigned int options; /* enum option bits that were given */
	enum output output;
	uint64_t lines; /* -n */
	char **names;	/* services on the command line */
	unsigned int n_names;
	struct client client; /* open, if the command needs one */
};

/*
 * The commands: each returns an enum exit_status, and has told on standard error what went wrong.
 */
int command_list(struct call *c);
int command_status(struct call *c);
int command_change(struct call *c); /* start, stop, restart */
int command_logs(struct call *c);
int command_inspect(struct call *c);
int command_verify(struct call *c);
int command_machine(struct call *c); /* reboot, poweroff */

/* "jailctl: TEXT (ENAME)" on standard error. Returns EXIT_FAILED. */
int complain(const struct err *e);

/*
 * The same about service @name; if there is no such service, with names that are like it, or all
 * there are. Returns EXIT_FAILED.
 */
int complain_about(struct call *c, const char *name, struct err *e);

/* "step: text (ENAME)" of an error that PID 1 keeps. */
#define REASON_MAX (ERR_STEP_MAX + ERR_TEXT_MAX + 32)
const char *reason_text(const struct err *e, char text[REASON_MAX]);

/* "exit status 1", "killed by SIGSEGV" of a wait status. */
#define ENDED_MAX 48
const char *ended_text(int wait_status, char text[ENDED_MAX]);

#endif
