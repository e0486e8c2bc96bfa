/* SPDX-License-Identifier: MIT */
#ifndef LAUNCH_ENVIRONMENT_H
#define LAUNCH_ENVIRONMENT_H

#include "launch/jail.h"

#define ENVIRONMENT_TEXT_MAX 2048
#define ENVIRONMENT_OWN_MAX  12

/* What a program is started with. The strings are the record's own or in text. */
struct environment {
	int program_fd; /* >= 0: the program is this fd (ExecStart=jailinit:NAME), else argv[0] */
	char *argv[EXEC_ARGS_MAX + 1];
	char *envp[LIST_MAX + ENVIRONMENT_OWN_MAX + 1];
	unsigned int n_env;
	size_t used;
	char text[ENVIRONMENT_TEXT_MAX];
};

/*
 * Make arguments and environment of j->command: Environment= first, then what every program is told
 * unless Environment= says otherwise. To be called by the program's own process: LISTEN_PID is its
 * pid. Returns 0 or -errno with @e.
 */
int environment_make(struct environment *env, const struct jail *j, struct err *e);

#endif
