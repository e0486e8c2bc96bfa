/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/securebits.h>
#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "ipc/status.h"
#include "launch/environment.h"
#include "launch/jail.h"
#include "os/caps.h"
#include "os/cred.h"
#include "os/rlimit.h"
#include "os/seccomp.h"

/*
 * The steps in the program's own process. It shares the launcher's memory, which stands still
 * meanwhile: what is static here is one process's at a time.
 */

/* LISTEN_FDS begin at 3, see sd_listen_fds(3). */
#define FIRST_PASSED 3

/* root is nobody special: no exec and no set-user-id program gives it capabilities; and all of it
 * stays so. */
#define SECUREBITS                                                                                 \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED |                    \
	 SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |                                   \
	 SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

static struct environment environment;

/*
 * PID 1 signals the service by its pidfd, which it can only get while this process is still root's.
 * A message that does not arrive means that PID 1 does not know the service: no start.
 */
int step_announce(struct jail *j, struct err *e)
{
	cleanup_fd int pid_fd = -1;
	int rc;

	if (!j->command.main)
		return 0;
	pid_fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (pid_fd < 0)
		return err_set(e, errno, "open the program's pidfd");
	rc = status_send_started(LAUNCH_FD_STATUS, getpid(), pid_fd);
	if (rc < 0)
		return err_set(e, rc, "send the program's pidfd to jailinit");
	return 0;
}

int step_session(struct jail *j, struct err *e)
{
	if (setsid() < 0)
		return err_set(e, errno, "new session");
	if (j->tty_fd < 0 || !j->command.main)
		return 0;
	/* 1: taken away from a session that has it, such as that of the run before. */
	if (ioctl(j->tty_fd, TIOCSCTTY, 1) < 0)
		return err_set(e, errno, "make %s (TTYPath=) the controlling terminal",
			       service_str(j->service, j->service->tty_path));
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(j->tty_fd, fd) < 0)
			return err_set(e, errno, "put %s (TTYPath=) at fd %d",
				       service_str(j->service, j->service->tty_path), fd);
	return 0;
}

int step_environment(struct jail *j, struct err *e)
{
	return environment_make(&environment, j, e);
}

/*
 * The one place where files are passed on. They move down, so that none is overwritten before it
 * has moved; the program, if it is one of ours, is first brought out of their way.
 */
int step_files(struct jail *j, struct err *e)
{
	unsigned int n = j->command.main ? jail_passed_fds(j) : 0;

	if (environment.program_fd >= 0) {
		environment.program_fd =
			fcntl(LAUNCH_FD_PROGRAM, F_DUPFD_CLOEXEC, (int)(LAUNCH_FD_FIRST + n));
		if (environment.program_fd < 0)
			return err_set(e, errno, "bring the program's fd %d out of the way",
				       LAUNCH_FD_PROGRAM);
	}
	for (unsigned int i = 0; i < n; i++)
		if (dup2((int)(LAUNCH_FD_FIRST + i), (int)(FIRST_PASSED + i)) < 0)
			return err_set(e, errno, "pass fd %u as %u", LAUNCH_FD_FIRST + i,
				       FIRST_PASSED + i);
	if (syscall(SYS_close_range, FIRST_PASSED + n, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return err_set(e, errno, "close all other files on exec");
	return 0;
}

static int set_limit(int resource, const char *name, uint64_t value, struct err *e)
{
	int rc = rlimit_set(resource, value);

	return rc < 0 ? err_set(e, rc, "%s=%llu: set it", name, (unsigned long long)value) : 0;
}

int step_limits(struct jail *j, struct err *e)
{
	const struct service *s = j->service;
	const struct {
		int resource;
		const char *key;
		uint64_t value;
	} limits[] = {
		{ RLIMIT_NOFILE, "LimitNOFILE", s->limit_nofile },
		{ RLIMIT_NPROC, "LimitNPROC", s->limit_nproc },
		{ RLIMIT_CORE, "LimitCORE", s->limit_core },
		{ RLIMIT_FSIZE, "LimitFSIZE", s->limit_fsize },
		{ RLIMIT_MEMLOCK, "LimitMEMLOCK", s->limit_memlock },
		{ RLIMIT_AS, "LimitAS", s->limit_as },
		{ RLIMIT_DATA, "LimitDATA", s->limit_data },
		{ RLIMIT_STACK, "LimitSTACK", s->limit_stack },
		{ RLIMIT_RTPRIO, "LimitRTPRIO", s->limit_rtprio },
		{ RLIMIT_SIGPENDING, "LimitSIGPENDING", s->limit_sigpending },
		{ RLIMIT_MSGQUEUE, "LimitMSGQUEUE", s->limit_msgqueue },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		int rc = set_limit(limits[i].resource, limits[i].key, limits[i].value, e);

		if (rc < 0)
			return rc;
	}
	if (setpriority(PRIO_PROCESS, 0, s->nice) < 0)
		return err_set(e, errno, "Nice=%d", s->nice);
	umask(s->umask);
	return 0;
}

int step_groups(struct jail *j, struct err *e)
{
	int rc = cred_set_groups(j->record->socket_from_gid, j->record->n_socket_from);

	if (rc < 0)
		return err_set(e, rc, "set %u supplementary groups", j->record->n_socket_from);
	rc = cred_set_gid(j->service->gid);
	if (rc < 0)
		return err_set(e, rc, "become gid %u", j->service->gid);
	return 0;
}

int step_user(struct jail *j, struct err *e)
{
	int rc = caps_keep_over_setuid();

	if (rc < 0)
		return err_set(e, rc, "keep capabilities for the next steps");
	rc = cred_set_uid(j->service->uid);
	if (rc < 0)
		return err_set(e, rc, "become uid %u", j->service->uid);
	return 0;
}

/* Down to the ambient ones and one more, which securebits need; then that one goes too. */
int step_capabilities(struct jail *j, struct err *e)
{
	uint64_t ambient = j->service->caps_ambient;
	uint64_t most = ambient | 1ull << CAP_SETPCAP;
	int rc = caps_set(most, most, ambient);

	if (rc < 0)
		return err_set(e, rc,
			       "keep only AmbientCapabilities= (%#llx, to be in "
			       "CapabilityBoundingSet=) and CAP_SETPCAP",
			       (unsigned long long)ambient);
	rc = caps_raise_ambient(ambient);
	if (rc < 0)
		return err_set(e, rc, "raise AmbientCapabilities= (%#llx)",
			       (unsigned long long)ambient);
	rc = caps_set_securebits(SECUREBITS);
	if (rc < 0)
		return err_set(e, rc, "lock the securebits");
	rc = caps_set(ambient, ambient, ambient);
	if (rc < 0)
		return err_set(e, rc, "drop all capabilities but %#llx",
			       (unsigned long long)ambient);
	return 0;
}

int step_directory(struct jail *j, struct err *e)
{
	const char *path = service_str(j->service, j->service->working_directory);

	if (chdir(path[0] ? path : "/") < 0)
		return err_set(e, errno, "WorkingDirectory=%s: change to it as uid %u", path,
			       j->service->uid);
	return 0;
}

int step_filter(struct jail *j, struct err *e)
{
	return seccomp_install(j->record->filter, j->record->filter_len, e);
}

int step_exec(struct jail *j, struct err *e)
{
	char *const *argv = environment.argv;
	int flags = AT_EMPTY_PATH;

	(void)j;
	if (environment.program_fd >= 0)
		syscall(SYS_execveat, environment.program_fd, "", argv, environment.envp, flags);
	else
		syscall(SYS_execve, argv[0], argv, environment.envp);
	return err_set(e, errno, "exec %s", argv[0]);
}
