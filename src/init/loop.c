/* SPDX-License-Identifier: MIT */
#include "init/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"
#include "init/console.h"
#include "init/control.h"
#include "init/job.h"
#include "init/logs.h"
#include "init/machine.h"
#include "init/places.h"
#include "init/services.h"
#include "init/shutdown.h"
#include "init/start.h"
#include "init/verify.h"
#include "init/watchdog.h"

/* How much of one kind is done in one turn, so that nothing can keep the rest waiting. */
#define EVENTS_MAX  32
#define SIGNALS_MAX 16
#define REAP_MAX    128

static struct {
	int epoll_fd, signal_fd, timer_fd;
	int console_fd;	   /* watched for EPOLLOUT, -1 = not */
	uint64_t armed_ms; /* what the timer is set to, 0 = not set */
	bool reap_more;
	struct feeder dog;
} loop = { -1, -1, -1, -1, 0, false, { .dog = { .fd = -1 } } };

int loop_add(int fd, uint32_t events, enum loop_source source, unsigned int index, struct err *e)
{
	struct epoll_event ev = { .events = events, .data.u64 = (uint64_t)source << 32 | index };

	if (epoll_ctl(loop.epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		return err_set(e, errno, "epoll_ctl: add fd %d", fd);
	return 0;
}

void loop_close(int *fd)
{
	/*
	 * Said aloud, for the child of a fork may hold a copy: closing alone would not take it out.
	 */
	if (*fd >= 0)
		epoll_ctl(loop.epoll_fd, EPOLL_CTL_DEL, *fd, NULL);
	fd_close(fd);
}

/*
 * Only what is read is blocked. All other signals keep their default action, which for PID 1 is to
 * be thrown away at once (a blocked one would be queued).
 */
static void signals_wanted(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGUSR1);
	sigaddset(set, SIGUSR2);
}

void loop_hold_signals(void)
{
	sigset_t wanted;

	signals_wanted(&wanted);
	sigprocmask(SIG_SETMASK, &wanted, NULL);
}

int loop_open(struct err *e)
{
	sigset_t wanted;

	signals_wanted(&wanted);
	loop.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop.epoll_fd < 0)
		return err_set(e, errno, "epoll_create1");
	loop.signal_fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop.signal_fd < 0)
		return err_set(e, errno, "signalfd");
	loop.timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop.timer_fd < 0)
		return err_set(e, errno, "timerfd_create");
	if (loop_add(loop.signal_fd, EPOLLIN, SOURCE_SIGNAL, 0, e))
		return -e->num;
	return loop_add(loop.timer_fd, EPOLLIN, SOURCE_TIMER, 0, e);
}

/*
 * Every child of PID 1 is waited for here and nowhere else: launchers, jobs, and orphans that came
 * to it.
 */
static void reap(void)
{
	siginfo_t si;
	unsigned int n;
	int status; /* in the form of waitpid(2) */

	loop.reap_more = false;
	for (n = 0; n < REAP_MAX; n++) {
		si.si_pid = 0;
		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | __WALL) < 0 || si.si_pid == 0)
			return;
		/*
		 * A child that asked to be traced by its parent also reports when it stops. That is
		 * no end.
		 */
		if (si.si_code == CLD_EXITED)
			status = si.si_status << 8;
		else if (si.si_code == CLD_KILLED || si.si_code == CLD_DUMPED)
			status = si.si_status;
		else
			continue;
		if (!services_reaped(si.si_pid, status) && !verify_reaped(si.si_pid, status))
			job_reaped(si.si_pid, status);
	}
	loop.reap_more = true;
}

/* As busybox init has them. */
static void act_on_signal(uint32_t signo)
{
	switch (signo) {
	case SIGTERM:
		shutdown_begin(POWEROFF_REBOOT, "SIGTERM");
		break;
	case SIGINT:
		shutdown_begin(POWEROFF_REBOOT, "SIGINT (or Ctrl-Alt-Del)");
		break;
	case SIGUSR1:
		shutdown_begin(POWEROFF_HALT, "SIGUSR1");
		break;
	case SIGUSR2:
		shutdown_begin(POWEROFF_OFF, "SIGUSR2");
		break;
	default:
		break;
	}
}

static void read_signals(void)
{
	struct signalfd_siginfo si[SIGNALS_MAX];
	ssize_t n = read(loop.signal_fd, si, sizeof(si));
	size_t i;

	for (i = 0; n > 0 && i < (size_t)n / sizeof(si[0]); i++)
		act_on_signal(si[i].ssi_signo);
	reap();
}

static void read_timer(void)
{
	uint64_t times;

	/* What is due is found by its deadline; the number of expirations says nothing. */
	if (read(loop.timer_fd, &times, sizeof(times)) < 0 && errno != EAGAIN)
		loop.armed_ms = 0;
	loop.armed_ms = 0;
}

static void dispatch(const struct epoll_event *ev)
{
	unsigned int index = (unsigned int)(ev->data.u64 & UINT32_MAX);

	switch ((enum loop_source)(ev->data.u64 >> 32)) {
	case SOURCE_SIGNAL:
		read_signals();
		break;
	case SOURCE_TIMER:
		read_timer();
		break;
	case SOURCE_CONSOLE:
		console_flush();
		break;
	case SOURCE_EXEC:
		start_exec_ready(index);
		break;
	case SOURCE_STATUS:
		start_status_ready(index);
		break;
	case SOURCE_CGROUP:
		services_cgroup_ready(index);
		break;
	case SOURCE_CONTROL:
		control_ready(index);
		break;
	case SOURCES:
	default:
		break;
	}
}

/* Watch the console while something could not be written, and not longer. */
static void watch_console(void)
{
	int fd = console_waiting_fd();
	struct err e;

	if (fd == loop.console_fd)
		return;
	if (loop.console_fd >= 0)
		epoll_ctl(loop.epoll_fd, EPOLL_CTL_DEL, loop.console_fd, NULL);
	/* A console that cannot be watched is written to with the next line. */
	loop.console_fd = fd >= 0 && loop_add(fd, EPOLLOUT, SOURCE_CONSOLE, 0, &e) == 0 ? fd : -1;
}

static void earlier(uint64_t *next_ms, uint64_t at_ms)
{
	if (at_ms < *next_ms)
		*next_ms = at_ms;
}

/* Set the timer to the nearest deadline of all. */
static void arm_timer(int feed_in_ms)
{
	struct itimerspec t = { 0 };
	uint64_t next = UINT64_MAX;

	if (loop.reap_more)
		next = 1;
	earlier(&next, services_deadline_ms());
	earlier(&next, verify_deadline_ms());
	earlier(&next, job_deadline_ms());
	earlier(&next, places_deadline_ms());
	earlier(&next, logs_deadline_ms());
	earlier(&next, shutdown_deadline_ms());
	if (feed_in_ms >= 0)
		earlier(&next, time_boot_ms() + (uint64_t)feed_in_ms);
	if (next == 0)
		next = 1;
	if (next == UINT64_MAX)
		next = 0;
	if (next == loop.armed_ms)
		return;
	t.it_value.tv_sec = (time_t)(next / 1000);
	t.it_value.tv_nsec = (long)(next % 1000) * 1000000;
	if (timerfd_settime(loop.timer_fd, TFD_TIMER_ABSTIME, &t, NULL) == 0)
		loop.armed_ms = next;
}

static int turn(void)
{
	uint64_t now = time_boot_ms();

	if (loop.reap_more)
		reap();
	services_turn(now);
	verify_turn(now);
	job_turn(now);
	places_turn(now);
	logs_turn(now);
	shutdown_turn(now, &loop.dog);
	watch_console();
	return feeder_turn(&loop.dog, now);
}

void loop_run(void)
{
	struct epoll_event ev[EVENTS_MAX];
	struct err e = ERR_NONE;
	int n, i;

	if (feeder_start(&loop.dog, &machine.table.system, time_boot_ms(), &e))
		console_err("watchdog", &e);
	for (;;) {
		arm_timer(turn());
		n = epoll_wait(loop.epoll_fd, ev, EVENTS_MAX, -1);
		for (i = 0; i < n; i++)
			dispatch(&ev[i]);
	}
}
