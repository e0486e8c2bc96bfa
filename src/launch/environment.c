/* SPDX-License-Identifier: MIT */
#include "launch/environment.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

#define OURS "jailinit:"

static bool is_set(const struct environment *env, const char *name, size_t len)
{
	for (unsigned int i = 0; i < env->n_env; i++)
		if (strncmp(env->envp[i], name, len) == 0)
			return true;
	return false;
}

/* Add "NAME=value", unless there is a NAME already. */
__attribute__((format(printf, 2, 3))) static int add(struct environment *env, const char *fmt, ...)
{
	char *to = env->text + env->used;
	size_t room = sizeof(env->text) - env->used;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(to, room, fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room ||
	    env->n_env + 1 >= sizeof(env->envp) / sizeof(env->envp[0]))
		return -E2BIG;
	if (is_set(env, to, (size_t)(strchr(to, '=') - to) + 1))
		return 0;
	env->envp[env->n_env++] = to;
	env->used += (size_t)n + 1;
	return 0;
}

/* LISTEN_FDNAMES: a name per socket, then the record's own for the other fds. Left out if it gets
 * too long. */
static int add_fd_names(struct environment *env, const struct jail *j)
{
	const struct service *s = j->service;
	const char *name = service_list_next(s, s->fd_names, NULL);
	char text[ENVIRONMENT_TEXT_MAX / 2];
	struct strbuf b;

	strbuf_init(&b, text, sizeof(text));
	for (unsigned int i = 0; i < j->record->n_listen; i++) {
		strbuf_addf(&b, "%s%s", i ? ":" : "", name ? name : s->name);
		if (name)
			name = service_list_next(s, s->fd_names, name);
	}
	if (j->record->extra_names[0])
		strbuf_addf(&b, "%s%s", b.len ? ":" : "", j->record->extra_names);
	return b.full || b.len == 0 ? 0 : add(env, "LISTEN_FDNAMES=%s", text);
}

static int add_passed_fds(struct environment *env, const struct jail *j)
{
	int rc = 0;

	if (!j->command.main || jail_passed_fds(j) == 0)
		return 0;
	rc = add(env, "LISTEN_PID=%d", (int)getpid());
	if (rc == 0)
		rc = add(env, "LISTEN_FDS=%u", jail_passed_fds(j));
	if (rc == 0)
		rc = add_fd_names(env, j);
	if (rc == 0 && j->service->control_socket && j->record->n_extra > 0)
		rc = add(env, "JAILINIT_CONTROL_FD=%u", 3u + j->record->n_listen);
	return rc;
}

static int add_own(struct environment *env, const struct jail *j)
{
	const struct service *s = j->service;
	const char *state = service_str(s, s->state_directory);
	const char *runtime = service_str(s, s->runtime_directory);
	int rc = add_passed_fds(env, j);

	if (rc == 0)
		rc = add(env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin%s",
			 s->control_socket ? ":/run/jailinit" : "");
	if (rc == 0)
		rc = add(env, "HOME=%s%s", state[0] ? "/var/lib/" : "/", state);
	if (rc == 0)
		rc = add(env, "USER=%s", s->name);
	if (rc == 0)
		rc = add(env, "LOGNAME=%s", s->name);
	if (rc == 0 && state[0])
		rc = add(env, "STATE_DIRECTORY=/var/lib/%s", state);
	if (rc == 0 && runtime[0])
		rc = add(env, "RUNTIME_DIRECTORY=/run/%s", runtime);
	if (rc == 0 && j->tty_fd >= 0)
		rc = add(env, "TERM=linux");
	return rc;
}

/* "jailinit:NAME" is the program at LAUNCH_FD_PROGRAM, and its argv[0] is NAME. */
static int make_argv(struct environment *env, const struct jail *j, struct err *e)
{
	unsigned int n = 0;

	for (const char *word = service_list_next(j->service, j->command.argv, NULL); word;
	     word = service_list_next(j->service, j->command.argv, word)) {
		if (n == EXEC_ARGS_MAX)
			return err_set(e, E2BIG, "more than %d arguments", EXEC_ARGS_MAX);
		env->argv[n++] = (char *)word;
	}
	env->argv[n] = NULL;
	if (n == 0)
		return err_set(e, EINVAL, "a command without a program");
	env->program_fd = -1;
	if (str_starts(env->argv[0], OURS)) {
		env->argv[0] += strlen(OURS);
		env->program_fd = LAUNCH_FD_PROGRAM;
	}
	return 0;
}

int environment_make(struct environment *env, const struct jail *j, struct err *e)
{
	const struct service *s = j->service;
	int rc = make_argv(env, j, e);

	if (rc < 0)
		return rc;
	env->n_env = 0;
	env->used = 0;
	for (const char *v = service_list_next(s, s->environment, NULL); v;
	     v = service_list_next(s, s->environment, v)) {
		if (env->n_env == LIST_MAX)
			return err_set(e, E2BIG, "Environment=: more than %d entries", LIST_MAX);
		env->envp[env->n_env++] = (char *)v;
	}
	rc = add_own(env, j);
	if (rc < 0)
		return err_set(e, rc, "the environment has more than %d bytes of its own",
			       ENVIRONMENT_TEXT_MAX);
	env->envp[env->n_env] = NULL;
	return 0;
}
