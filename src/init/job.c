/* SPDX-License-Identifier: MIT */
#include "init/job.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"

#define JOBS_MAX  4
#define RESULT_FD 3

static struct job {
	pid_t pid; /* 0 = free */
	int result_fd;
	uint32_t timeout_ms;
	uint64_t deadline_ms; /* 0 = over: only to be reaped */
	const char *name;
	void (*done)(const struct job_result *r);
} jobs[JOBS_MAX];

_Static_assert(sizeof(struct job_result) < 4096,
	       "one write to a pipe, whole or not at all (pipe(7))");

static _Noreturn void child(int (*fn)(void *, void *, struct err *), void *arg, int write_fd)
{
	static struct job_result result;
	static _Alignas(16) uint8_t out[JOB_OUT_MAX];
	sigset_t none;
	int rc;

	/*
	 * Handlers and the signal mask are PID 1's; sockets and pipes that it closes must not live
	 * on in here.
	 */
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	signal(SIGFPE, SIG_DFL);
	signal(SIGILL, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (write_fd != RESULT_FD && dup2(write_fd, RESULT_FD) < 0)
		_exit(2);
	syscall(SYS_close_range, RESULT_FD + 1, ~0u, 0);

	rc = fn(arg, out, &result.err);
	if (rc < 0 && result.err.num == 0)
		err_set(&result.err, rc, "it failed");
	if (rc >= 0)
		result.err = ERR_NONE;
	memcpy(result.out, out, sizeof(out));
	_exit(fd_write_full(RESULT_FD, &result, sizeof(result)) < 0);
}

int job_start(const char *name, int (*fn)(void *arg, void *out, struct err *e), void *arg,
	      uint32_t timeout_ms, void (*done)(const struct job_result *r), struct err *e)
{
	struct job *j = jobs;
	int pipe_fd[2];
	pid_t pid;

	while (j < jobs + JOBS_MAX && j->pid)
		j++;
	if (j == jobs + JOBS_MAX)
		return err_set(e, EAGAIN, "%s: %d jobs are under way or stuck already", name,
			       JOBS_MAX);
	if (pipe2(pipe_fd, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(e, errno, "%s: pipe for the result", name);
	pid = fork();
	if (pid == 0)
		child(fn, arg, pipe_fd[1]);
	close(pipe_fd[1]);
	if (pid < 0) {
		err_set(e, errno, "%s: fork", name);
		close(pipe_fd[0]);
		return -e->num;
	}
	*j = (struct job){ .pid = pid,
			   .result_fd = pipe_fd[0],
			   .timeout_ms = timeout_ms,
			   .name = name,
			   .done = done,
			   .deadline_ms = time_boot_ms() + timeout_ms };
	return 0;
}

bool job_reaped(pid_t pid, int wait_status)
{
	static struct job_result result;
	struct job *j = jobs, old;
	ssize_t n;

	while (j < jobs + JOBS_MAX && j->pid != pid)
		j++;
	if (j == jobs + JOBS_MAX)
		return false;
	old = *j;
	j->pid = 0;
	if (old.deadline_ms == 0)
		return true;
	n = read(old.result_fd, &result, sizeof(result));
	close(old.result_fd);
	if (n != (ssize_t)sizeof(result)) {
		memset(&result, 0, sizeof(result));
		err_set(&result.err, EIO,
			"%s: its process ended with wait status 0x%x and no result", old.name,
			(unsigned int)wait_status);
	} else if (result.err.num) {
		err_sanitise(&result.err);
	}
	old.done(&result);
	return true;
}

void job_turn(uint64_t now_ms)
{
	static struct job_result result;
	struct job *j;

	for (j = jobs; j < jobs + JOBS_MAX; j++) {
		if (!j->pid || j->deadline_ms == 0 || j->deadline_ms > now_ms)
			continue;
		/* SIGKILL does not end a sleep in the kernel; PID 1 goes on without it. */
		kill(j->pid, SIGKILL);
		close(j->result_fd);
		j->deadline_ms = 0;
		memset(&result, 0, sizeof(result));
		err_set(&result.err, ETIMEDOUT, "%s: not done after %u ms", j->name, j->timeout_ms);
		j->done(&result);
	}
}

uint64_t job_deadline_ms(void)
{
	uint64_t next = UINT64_MAX;
	struct job *j;

	for (j = jobs; j < jobs + JOBS_MAX; j++)
		if (j->pid && j->deadline_ms && j->deadline_ms < next)
			next = j->deadline_ms;
	return next;
}
