/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define HOME_DIR "/test-home"
#define EXEC_CLOCK "/tmp/exec-clock" /* tests/bench/in_guest.py */

static int fail(const char *what)
{
	fprintf(stderr, "test-init: %s: %s\n", what, strerror(errno));
	return 1;
}

static int copy_file(const char *from, const char *to)
{
	char buf[65536];
	ssize_t n;
	int in_fd = open(from, O_RDONLY | O_CLOEXEC);
	int out_fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	if (in_fd < 0 || out_fd < 0)
		return fail(from);
	while ((n = read(in_fd, buf, sizeof(buf))) > 0)
		if (io_write_all(out_fd, buf, (size_t)n))
			return fail(to);
	close(in_fd);
	close(out_fd);
	return n < 0 ? fail(from) : 0;
}

static int copy_link(const char *from, const char *to)
{
	char target[512];
	ssize_t n = readlink(from, target, sizeof(target) - 1);

	if (n < 0)
		return fail(from);
	target[n] = 0;
	return symlink(target, to) ? fail(to) : 0;
}

/*
 * Move the tree @from to @to, which are directories; regular files, directories and symlinks only.
 */
static int move_tree(const char *from, const char *to)
{
	char a[512], b[512];
	struct dirent *e;
	struct stat st;
	int r = 0;
	DIR *d = opendir(from);

	if (!d || (mkdir(to, 0755) && errno != EEXIST))
		return fail(from);
	while (!r && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(a, sizeof(a), "%s/%s", from, e->d_name);
		snprintf(b, sizeof(b), "%s/%s", to, e->d_name);
		if (lstat(a, &st))
			r = fail(a);
		else if (S_ISDIR(st.st_mode))
			r = move_tree(a, b);
		else if (S_ISREG(st.st_mode))
			r = copy_file(a, b);
		else if (S_ISLNK(st.st_mode))
			r = copy_link(a, b);
		if (!r && !S_ISDIR(st.st_mode))
			unlink(a);
	}
	closedir(d);
	rmdir(from);
	return r;
}

/* A home for the agent that no move of the product's root can take away: its own mounts, its own tmpfs as root. */
static int make_home(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return fail("a mount namespace for the agent");
	mkdir(HOME_DIR, 0755);
	if (mount("test-home", HOME_DIR, "tmpfs", 0, "mode=0755,size=64m"))
		return fail("a tmpfs for the agent");
	static const char *const dirs[] = { "proc", "sys", "dev", "tmp", "mnt" };
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		char path[64];

		snprintf(path, sizeof(path), HOME_DIR "/%s", dirs[i]);
		mkdir(path, 0755);
	}
	if (move_tree(AGENT_FILES, HOME_DIR))
		return 1;
	if (mount("proc", HOME_DIR "/proc", "proc", 0, NULL) ||
	    mount("sysfs", HOME_DIR "/sys", "sysfs", 0, NULL) ||
	    mount("devtmpfs", HOME_DIR "/dev", "devtmpfs", 0, NULL))
		return fail("proc, sysfs and devtmpfs for the agent");
	if (chdir(HOME_DIR) || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		return fail("the agent's root");
	return 0;
}

/* Every applet of busybox by its own name. */
static void install_applets(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/busybox", "busybox", "--install", "-s", "/bin", (char *)NULL);
		_exit(1);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* When process 1 became the product's, for who measures the boot: nanoseconds of CLOCK_BOOTTIME. */
static void note_exec(int ready_fd)
{
	struct timespec t;
	FILE *f;

	if (read(ready_fd, &t, sizeof(t)) != (ssize_t)sizeof(t) || !(f = fopen(EXEC_CLOCK, "we")))
		return;
	fprintf(f, "%lld%09ld\n", (long long)t.tv_sec, t.tv_nsec);
	fclose(f);
}

static void agent_start(int ready_fd)
{
	int null_fd, adj_fd;

	setsid();
	if (make_home())
		_exit(1);
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		dup2(null_fd, fd);
	adj_fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (adj_fd >= 0) {
		(void)!write(adj_fd, "-1000", 5);
		close(adj_fd);
	}
	/* What the agent starts in the background stays its own: PID 1 has no more to reap than without it. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	setenv("PATH", "/bin", 1);
	install_applets();
	(void)!write(ready_fd, "+", 1);
	note_exec(ready_fd);
	close(ready_fd);
	channel_serve();
}

int testinit_main(char **argv)
{
	int ready[2];
	struct timespec t;
	char c;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ready))
		return fail("socketpair");
	pid = fork();
	if (pid < 0)
		return fail("fork of the agent");
	if (pid == 0) {
		close(ready[0]);
		agent_start(ready[1]);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		fprintf(stderr, "test-init: the agent did not come up; going on without it\n");
	unlink("/test-init");
	rmdir(HOME_DIR);
	clock_gettime(CLOCK_BOOTTIME, &t);
	(void)!send(ready[0], &t, sizeof(t), MSG_NOSIGNAL);
	argv[0] = (char *)"/init";
	execv("/init", argv);
	return fail("/init");
}
