/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

/*
 * A jail with a guard missing. The product has no switch for that, so it is put together here from the outside: the
 * namespaces, control group, filter and identity of a running service, each but for those that are left out.
 */

#define INIT_ROOT "/proc/1/root"
#define FILTER_MAX 8192

int half_root_fd = -1;

static struct sock_filter filter[FILTER_MAX];
static struct sock_fprog program = { .filter = filter };

static void __attribute__((noreturn)) die(const char *what)
{
	printf("Bail out! half a jail: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void read_filter(const char *name)
{
	char path[160];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), INIT_ROOT "/etc/jailinit/seccomp/%s.bpf", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, filter, sizeof(filter));
	if (n <= 0)
		die(path);
	close(fd);
	program.len = (unsigned short)((size_t)n / sizeof(filter[0]));
}

static void join_group(const char *name)
{
	char path[160];
	int fd;

	snprintf(path, sizeof(path), INIT_ROOT "/sys/fs/cgroup/services/%s/cgroup.procs", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		die(path);
	close(fd);
}

static void enter_namespaces(int pid, unsigned int without)
{
	int flags = CLONE_NEWIPC;
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	flags |= without & GUARD_GROUP ? 0 : CLONE_NEWCGROUP;
	flags |= without & GUARD_MOUNTS ? 0 : CLONE_NEWNS;
	flags |= without & GUARD_NET ? 0 : CLONE_NEWNET;
	flags |= without & GUARD_PIDS ? 0 : CLONE_NEWPID;
	flags |= without & GUARD_UTS ? 0 : CLONE_NEWUTS;
	if (fd < 0 || setns(fd, flags))
		die("enter the jail's namespaces");
	close(fd);
	/* A copy, so that what the control run mounts and unmounts stays with it. */
	if (unshare(CLONE_NEWNS))
		die("a mount namespace of its own");
}

static void take_limits(const struct rlimit *files)
{
	struct rlimit none = { 0, 0 }, locked = { 65536, 65536 };

	if (setrlimit(RLIMIT_NOFILE, files) || setrlimit(RLIMIT_CORE, &none) || setrlimit(RLIMIT_MEMLOCK, &locked))
		die("limits");
}

enum have { HAVE_NONE, HAVE_EFFECTIVE, HAVE_ALL };

static void set_caps(enum have have)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (have != HAVE_NONE && syscall(SYS_capget, &head, data))
		die("capget");
	for (int i = 0; i < 2; i++) {
		data[i].effective = data[i].permitted;
		data[i].inheritable = have == HAVE_ALL ? data[i].permitted : 0;
	}
	if (syscall(SYS_capset, &head, data))
		die("capset");
	for (unsigned int cap = 0; have == HAVE_ALL && cap <= CAP_LAST_CAP; cap++)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
}

static void set_filter(void)
{
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		die("filter");
}

static void give_up(const struct half *h, unsigned int uid)
{
	bool caps = !(h->without & GUARD_CAPS), gain = !(h->without & GUARD_GAIN);
	bool filtered = !(h->without & GUARD_FILTER);

	for (unsigned long cap = 0; caps && cap <= CAP_LAST_CAP; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) && errno != EINVAL)
			die("bounding set");
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		die("keep capabilities");
	if (!(h->without & GUARD_USER) && (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid)))
		die("uid");
	set_caps(HAVE_EFFECTIVE);
	if (gain && prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED |
			  SECBIT_KEEP_CAPS_LOCKED, 0, 0, 0))
		die("securebits");
	/* A change of uid takes this away, and a service has it again after its exec. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
		die("dumpable");
	/* Without no_new_privs a filter takes CAP_SYS_ADMIN, and with the filter no capability can be given up. */
	if (gain && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("no_new_privs");
	if (filtered && !gain) {
		set_filter();
		return;
	}
	set_caps(caps ? HAVE_NONE : HAVE_ALL);
	if (filtered)
		set_filter();
}

static void __attribute__((noreturn)) become(const struct half *h, unsigned int uid, const struct rlimit *files)
{
	if (!(h->without & GUARD_LIMITS))
		take_limits(files);
	if (h->prepare)
		h->prepare();
	/* What prepare() leaves open at 9 stays: a leak, for the attacks that look for one. */
	syscall(SYS_close_range, 3, 8, 0);
	syscall(SYS_close_range, 10, ~0u, 0);
	give_up(h, uid);
	h->work(h->arg);
	fflush(stdout);
	_exit(0);
}

/* The uid that the service runs as. */
static unsigned int uid_of(int pid)
{
	char path[64], line[256];
	unsigned int uid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Uid: %u", &uid) == 1)
			break;
	if (!f || !uid)
		die(path);
	fclose(f);
	return uid;
}

static void enter(const struct half *h)
{
	unsigned int uid = uid_of(h->pid);
	struct rlimit files;
	int status = 0;
	pid_t pid;

	if (prlimit(h->pid, RLIMIT_NOFILE, NULL, &files))
		die("limits of the service");
	half_root_fd = open(INIT_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	read_filter(h->name);
	if (!(h->without & GUARD_GROUP))
		join_group(h->name);
	enter_namespaces(h->pid, h->without);
	/* Only a child is in the pid namespace. */
	pid = fork();
	if (pid == 0)
		become(h, uid, &files);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int half_jail(const struct half *h)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		enter(h);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
