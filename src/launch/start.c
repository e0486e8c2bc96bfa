/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/jail.h"
#include "launch/steps.h"

/* The program's process walks its steps here, while the launcher waits for its exec; see clone(2),
 * CLONE_VFORK. */
static char program_stack[32768] __attribute__((aligned(64)));

struct program {
	struct jail *jail;
	struct err *e;
};

static int program_run(void *arg)
{
	struct program *p = arg;

	/* Comes back only when a step failed. The launcher sees @e: it is its memory. */
	steps_run(STEP_PROGRAM, p->jail, p->e);
	_exit(LAUNCH_EXIT_FAILED);
}

/* Start j->command in a process of its own. Returns its pid once its exec succeeded, or -errno with
 * @e. */
static pid_t program_start(struct jail *j, struct err *e)
{
	struct program p = { j, e };
	pid_t pid = clone(program_run, program_stack + sizeof(program_stack),
			  CLONE_VM | CLONE_VFORK | SIGCHLD, &p);

	if (pid < 0)
		return err_set(e, errno, "make a process for the program");
	if (e->num)
		return -e->num;
	return pid;
}

static const char *command_name(const struct jail *j)
{
	return service_list_next(j->service, j->command.argv, NULL);
}

/* Wait for process @pid, reaping what else ends meanwhile. */
static int wait_for(pid_t pid, int *status)
{
	for (;;) {
		pid_t got = waitpid(-1, status, __WALL);

		if (got == pid)
			return 0;
		if (got < 0 && errno != EINTR)
			return -errno;
	}
}

/* Whatever a command left running: the main program starts in an empty jail. */
static int end_leftovers(void)
{
	if (kill(-1, SIGKILL) < 0)
		return errno == ESRCH ? 0 : -errno;
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
	return errno == ECHILD ? 0 : -errno;
}

static int run_command(struct jail *j, struct err *e)
{
	pid_t pid = program_start(j, e);
	int status, rc;

	if (pid < 0)
		return err_prefix(e, "ExecStartPre=%s", command_name(j));
	rc = wait_for(pid, &status);
	if (rc < 0)
		return err_set(e, rc, "ExecStartPre=%s: wait for it", command_name(j));
	if (WIFSIGNALED(status))
		return err_set(e, ECANCELED, "ExecStartPre=%s was ended by signal %d",
			       command_name(j), WTERMSIG(status));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(e, ECANCELED, "ExecStartPre=%s ended with status %d",
			       command_name(j), WIFEXITED(status) ? WEXITSTATUS(status) : status);
	rc = end_leftovers();
	if (rc < 0)
		return err_set(e, rc, "ExecStartPre=%s: end what it left running", command_name(j));
	return 0;
}

int step_pre_start(struct jail *j, struct err *e)
{
	const struct execs *pre = &j->service->exec_start_pre;

	for (unsigned int i = 0; i < pre->n; i++) {
		int rc;

		j->command = (struct command){ .argv = pre->argv[i] };
		rc = run_command(j, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int step_start(struct jail *j, struct err *e)
{
	pid_t pid;

	j->command = (struct command){ .argv = j->service->exec_start, .main = true };
	pid = program_start(j, e);
	if (pid < 0)
		return pid;
	j->main_pid = pid;
	return 0;
}
