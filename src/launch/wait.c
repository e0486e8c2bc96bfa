/* SPDX-License-Identifier: MIT */
#include "launch/wait.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/status.h"
#include "os/caps.h"
#include "os/cred.h"
#include "os/seccomp.h"

/* An architecture that is not here does not compile. */
#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define ARCH AUDIT_ARCH_ARM
#endif

#define LOAD(field)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##what)
#define ALLOW(nr)    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), RETURN(ALLOW)

/* All that wait_program() needs. A launcher that tries anything else is not ours any more, and its
 * jail ends with it. */
static const struct sock_filter filter[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
	RETURN(KILL_PROCESS),
	LOAD(nr),
	ALLOW(SYS_wait4),
	ALLOW(SYS_sendmsg),
	ALLOW(SYS_close),
	ALLOW(SYS_restart_syscall),
	ALLOW(SYS_exit_group),
	RETURN(KILL_PROCESS),
};

static int become_nobody(struct err *e)
{
	int rc = cred_set_groups(NULL, 0);

	if (rc == 0)
		rc = cred_set_gid(UID_LAUNCHER);
	if (rc == 0)
		rc = cred_set_uid(UID_LAUNCHER);
	if (rc < 0)
		return err_set(e, rc, "launcher: become uid and gid %u without groups",
			       UID_LAUNCHER);
	rc = caps_set(0, 0, 0);
	if (rc < 0)
		return err_set(e, rc, "launcher: drop all capabilities");
	/* The change of the uid has set it to what fs.suid_dumpable says. */
	rc = cred_set_not_dumpable();
	if (rc < 0)
		return err_set(e, rc, "launcher: stay not dumpable");
	return 0;
}

/* The error pipe is closed last of all: its end of file tells PID 1 that all of this is done, too.
 */
static int close_files(struct err *e)
{
	if (syscall(SYS_close_range, 0, LAUNCH_FD_ERROR - 1, 0) < 0 ||
	    syscall(SYS_close_range, LAUNCH_FD_STATUS + 1, ~0u, 0) < 0)
		return err_set(e, errno, "launcher: close all files but the status socket");
	return 0;
}

int wait_settle(struct jail *j, struct err *e)
{
	int rc = close_files(e);

	if (rc == 0)
		rc = become_nobody(e);
	if (rc == 0 && munmap((void *)j->record, sizeof(*j->record)) < 0)
		rc = err_set(e, errno, "launcher: forget the launch record");
	j->record = NULL;
	j->service = NULL;
	if (rc == 0)
		rc = seccomp_install(filter, sizeof(filter) / sizeof(filter[0]), e);
	if (rc < 0)
		return err_step(e, "settle");
	close(LAUNCH_FD_ERROR);
	return 0;
}

int wait_program(pid_t main_pid)
{
	for (;;) {
		int status;
		/* __WALL: also what was cloned with another signal than SIGCHLD. */
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == EINTR)
			continue;
		/*
		 * A stop is only reported for a process that made us its tracer (PTRACE_TRACEME),
		 * which no service does: PID 1 is told as it is, and the jail ends.
		 */
		if (pid == main_pid || (pid > 0 && WIFSTOPPED(status))) {
			status_send_exited(LAUNCH_FD_STATUS, main_pid, status);
			return LAUNCH_EXIT_OK;
		}
		if (pid < 0)
			return LAUNCH_EXIT_FAILED;
	}
}
