/* SPDX-License-Identifier: MIT */
#include "launch/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "launch/jail.h"
#include "os/pidfd.h"

/* A jail has some dozens of mounts, and cannot make more; a longer text is refused. */
#define TEXT_MAX 65536

static char text[TEXT_MAX];

/* Also a zombie: the kernel has taken it apart, and there is nothing left to compare. */
static bool has_ended(void)
{
	struct pollfd p = { .fd = VERIFY_FD_PID, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents & POLLIN;
}

/* The directory stays that of this process: a number that is given away anew does not mislead. */
static int open_proc(struct err *e)
{
	pid_t pid = pidfd_pid(VERIFY_FD_PID);
	char path[32];
	int fd;

	if (pid <= 0)
		return err_set(e, pid < 0 ? pid : ESRCH, "the pid of the service");
	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "open %s", path);
	return fd;
}

/* Like all of /proc/PID, it is made as it is read: in one go, so that it is of one moment. */
static int check_oom_score(struct verify *v, struct err *e)
{
	char wanted[16], found[16];

	if (fd_read_file_bounded(v->proc_fd, "oom_score_adj", found, sizeof(found), e) < 0)
		return -e->num;
	found[strcspn(found, "\n")] = '\0';
	snprintf(wanted, sizeof(wanted), "%d", v->record->service.oom_score_adjust);
	verify_add(v->result, strcmp(wanted, found) == 0, "oom_score_adj", wanted, found);
	return 0;
}

static int compare(struct verify *v, struct err *e)
{
	ssize_t n = fd_read_file_bounded(v->proc_fd, "status", text, sizeof(text), e);
	int rc;

	if (n < 0)
		return (int)n;
	rc = verify_status(v, text, e);
	if (rc == 0)
		rc = verify_spaces(v, e);
	if (rc < 0)
		return rc;
	n = fd_read_file_bounded(v->proc_fd, "mountinfo", text, sizeof(text), e);
	if (n < 0)
		return (int)n;
	rc = verify_mounts(v, text, (size_t)n, e);
	if (rc == 0)
		rc = verify_cgroup(v, e);
	return rc < 0 ? rc : check_oom_score(v, e);
}

int verify_main(void)
{
	static struct verify_result result;
	static struct jail jail;
	struct verify v = { .cgroup_fd = VERIFY_FD_CGROUP, .proc_fd = -1, .result = &result };
	struct err e = ERR_NONE;
	int rc;

	if (fcntl(VERIFY_FD_CGROUP, F_GETFD) < 0) {
		dprintf(2, "jail-launch: only jailinit starts this program; see jail-launch(8)\n");
		return LAUNCH_EXIT_USAGE;
	}
	rc = step_record(&jail, &e);
	v.record = jail.record;
	if (rc == 0)
		rc = v.proc_fd = open_proc(&e);
	if (rc >= 0)
		rc = compare(&v, &e);
	if (rc < 0)
		result.err = e;
	/* Asked last: whoever ended meanwhile has been looked at while it was taken apart. */
	result.gone = has_ended();
	return fd_write_full(VERIFY_FD_RESULT, &result, sizeof(result)) < 0 ? LAUNCH_EXIT_FAILED
									    : LAUNCH_EXIT_OK;
}
