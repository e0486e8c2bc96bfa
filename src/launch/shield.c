/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "launch/jail.h"
#include "os/cred.h"

/*
 * The kernel's own call, with a zeroed struct sigaction (whose layout differs between
 * architectures, but not its zeroes: SIG_DFL). The C library would refuse the signals it keeps for
 * itself, and a program could inherit those ignored.
 */
static int signals_default(void)
{
	static const unsigned char zero[64];
	sigset_t none;

	for (int sig = 1; sig <= 64; sig++)
		if (sig != SIGKILL && sig != SIGSTOP &&
		    syscall(SYS_rt_sigaction, sig, zero, NULL, 8) < 0)
			return -errno;
	sigemptyset(&none);
	return syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8) < 0 ? -errno : 0;
}

/*
 * Nobody may look into the launcher, and nothing of how PID 1 set its own process up reaches the
 * program: signals ignored or blocked, the umask, open files.
 */
int step_shield(struct jail *j, struct err *e)
{
	int rc = cred_set_not_dumpable();

	(void)j;
	if (rc < 0)
		return err_set(e, rc, "launcher: become not dumpable");
	rc = signals_default();
	if (rc < 0)
		return err_set(e, rc, "launcher: signals to their defaults");
	if (syscall(SYS_close_range, LAUNCH_FD_RECORD, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return err_set(e, errno, "launcher: files close on exec (close_range, Linux 5.11)");
	umask(0);
	return 0;
}

/* PID 1's own is 0 (the kernel never kills it), and so is what a jail inherits. */
int step_oom_score(struct jail *j, struct err *e)
{
	static const char path[] = "/proc/self/oom_score_adj";
	cleanup_fd int fd = -1;
	char text[16];
	int n, rc;

	if (j->service->oom_score_adjust == 0)
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "open %s", path);
	n = snprintf(text, sizeof(text), "%d", j->service->oom_score_adjust);
	rc = fd_write_full(fd, text, (size_t)n);
	if (rc < 0)
		return err_set(e, rc, "write %s to %s (OOMScoreAdjust=)", text, path);
	return 0;
}
