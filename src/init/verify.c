/* SPDX-License-Identifier: MIT */
#include "init/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"
#include "init/control.h"
#include "init/machine.h"
#include "init/services.h"
#include "ipc/verify.h"
#include "os/pidfd.h"
#include "os/spawn.h"

/* At once, so that a boot is not slowed by them; the others wait for their turn. */
#define RUNS_MAX 2
/* It takes some milliseconds. On a machine that thrashes it may take long, but not for ever. */
#define TIMEOUT_MS 30000

/* What is wanted of a row. */
static struct wish {
	bool start; /* the run that began is to be held against the row */
	bool asked; /* somebody wants to see it */
	unsigned int asker;
	uint32_t seq;
	uint32_t launch; /* which run of the row it is about: super.launches */
} wishes[SERVICES_MAX];

static struct run_now {
	pid_t pid; /* 0 = free */
	int pid_fd;
	int result_fd;
	unsigned int row;
	uint64_t deadline_ms;
	struct wish wish;
} runs[RUNS_MAX];

void verify_want(unsigned int i)
{
	wishes[i].start = true;
	wishes[i].launch = machine.run[i].super.launches;
}

int verify_ask(unsigned int i, unsigned int asker, uint32_t seq, struct err *e)
{
	struct wish *w = &wishes[i];

	/* Until its exec succeeded it is not there, but its launcher. */
	if (machine.run[i].service_fd < 0 || machine.run[i].exec_fd >= 0)
		return err_set(e, ESRCH, "%s does not run: there is nothing to read back",
			       machine_row(i)->name);
	if (w->asked)
		return err_set(e, EBUSY, "%s is being read back for somebody else: try again",
			       machine_row(i)->name);
	w->asked = true;
	w->asker = asker;
	w->seq = seq;
	w->launch = machine.run[i].super.launches;
	return 0;
}

/* Is the run that @r is about over? Then there is nothing to be said of it. */
static bool is_over(const struct run_now *r)
{
	const struct run *run = &machine.run[r->row];
	struct pollfd p = { .fd = run->service_fd, .events = POLLIN };

	return run->super.launches != r->wish.launch || run->service_fd < 0 ||
	       (poll(&p, 1, 0) == 1 && p.revents & POLLIN);
}

/* What came of @r, or @e if nothing did. */
static void conclude(const struct run_now *r, struct verify_result *result, struct err *e)
{
	bool over = is_over(r);

	if (over)
		err_set(e, ESRCH, "%s has ended meanwhile", machine_row(r->row)->name);
	else if (!e->num && result->gone)
		err_set(e, EPROTO, "the service is said to have ended, but it runs");
	if (r->wish.asked)
		control_send_verify(r->wish.asker, r->wish.seq, r->row, result, e);
	if (!r->wish.start || over || (!e->num && verify_holds(result)))
		return;
	/* Not to be read back counts as not to be what it should: it does not go on. */
	if (!e->num)
		verify_explain(result, e);
	err_step(e, "verify");
	machine.run[r->row].err = *e;
	services_event(r->row, EVENT_UNSOUND, 0);
}

static int spawn(struct run_now *r, struct err *e)
{
	static char *const argv[] = { (char *)"jail-launch", (char *)VERIFY_OPTION, NULL };
	static char *const no_environment[] = { NULL };
	const struct run *run = &machine.run[r->row];
	int fds[VERIFY_FD_CGROUP + 1] = { machine.null_fd, machine.null_fd, machine.null_fd };
	struct spawn s = { .program_fd = machine.launch_fd,
			   .argv = argv,
			   .envp = no_environment,
			   .fds = fds,
			   .n_fds = VERIFY_FD_CGROUP + 1,
			   .cgroup_fd = -1 };
	int pipe_fd[2];
	pid_t pid;

	if (pipe2(pipe_fd, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(e, errno, "pipe for the result");
	fds[VERIFY_FD_RECORD] = run->kit.record_fd;
	fds[VERIFY_FD_RESULT] = pipe_fd[1];
	fds[VERIFY_FD_PID] = run->service_fd;
	fds[VERIFY_FD_CGROUP] = run->kit.cgroup_fd;
	pid = spawn_process(&s, &r->pid_fd, e);
	close(pipe_fd[1]);
	if (pid < 0) {
		close(pipe_fd[0]);
		return pid;
	}
	r->pid = pid;
	r->result_fd = pipe_fd[0];
	r->deadline_ms = time_boot_ms() + TIMEOUT_MS;
	return 0;
}

static void begin(struct run_now *r, unsigned int i)
{
	static struct verify_result none;
	struct err e = ERR_NONE;

	*r = (struct run_now){ .row = i, .wish = wishes[i], .pid_fd = -1, .result_fd = -1 };
	memset(&wishes[i], 0, sizeof(wishes[i]));
	if (is_over(r) || spawn(r, &e))
		conclude(r, &none, &e);
}

bool verify_reaped(pid_t pid, int wait_status)
{
	static struct verify_result result;
	struct run_now *r = runs, old;
	struct err e = ERR_NONE;
	ssize_t n;

	while (r < runs + RUNS_MAX && r->pid != pid)
		r++;
	if (r == runs + RUNS_MAX)
		return false;
	old = *r;
	r->pid = 0;
	n = fd_read_full(old.result_fd, &result, sizeof(result));
	fd_close(&old.result_fd);
	fd_close(&old.pid_fd);
	if (n <= 0)
		err_set(&e, EIO,
			"jail-launch " VERIFY_OPTION " ended with wait status 0x%x and no result%s",
			(unsigned int)wait_status, old.deadline_ms ? "" : ": it took too long");
	else
		verify_result_check(&result, (size_t)n, &e);
	conclude(&old, &result, &e);
	return true;
}

void verify_turn(uint64_t now_ms)
{
	struct run_now *r;
	unsigned int i = 0;

	for (r = runs; r < runs + RUNS_MAX; r++) {
		if (r->pid && r->deadline_ms && r->deadline_ms <= now_ms) {
			pidfd_signal(r->pid_fd, SIGKILL);
			r->deadline_ms = 0;
		}
		for (; !r->pid && i < machine.table.n; i++)
			if (wishes[i].start || wishes[i].asked)
				begin(r, i);
	}
}

uint64_t verify_deadline_ms(void)
{
	uint64_t next = UINT64_MAX;
	struct run_now *r;

	for (r = runs; r < runs + RUNS_MAX; r++)
		if (r->pid && r->deadline_ms && r->deadline_ms < next)
			next = r->deadline_ms;
	return next;
}
