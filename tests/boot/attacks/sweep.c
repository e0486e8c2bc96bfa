/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

#define CALLS 471
#define MAJORS 512
#define DEPTH_MAX 8
#define PATIENCE_MS 300

/*
 * One call, in a process of its own, with arguments that mean nothing to it: all bits set, or none. Not the C library's
 * syscall(): a call that returns twice must find no stack in use.
 */
static long raw_call(long nr, long bad)
{
	long r;

#ifdef __x86_64__
	register long r10 __asm__("r10") = bad;
	register long r8 __asm__("r8") = bad;
	register long r9 __asm__("r9") = bad;
	register long forks __asm__("r12") = nr == SYS_fork || nr == SYS_vfork || nr == SYS_clone;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "test %[forks], %[forks]\n\t"
			 "jz 1f\n\t"
			 "mov $60, %%eax\n\t"
			 "xor %%edi, %%edi\n\t"
			 "syscall\n"
			 "1:"
			 : "=a"(r)
			 : "a"(nr), "D"(bad), "S"(bad), "d"(bad), "r"(r10), "r"(r8), "r"(r9), [forks] "r"(forks)
			 : "rcx", "r11", "memory");
#else
	r = syscall(nr, bad, bad, bad, bad, bad, bad);
	r = r < 0 ? -errno : r;
#endif
	return r;
}

static const char *call_outcome(long nr, long bad)
{
	int fds[2], status = 0;
	long r = 1;
	pid_t pid;
	ssize_t n;

	if (pipe(fds) || (pid = fork()) < 0)
		return "unknown";
	if (pid == 0) {
		close(fds[0]);
		r = raw_call(nr, bad);
		_exit(write(fds[1], &r, sizeof(r)) < 0);
	}
	close(fds[1]);
	struct pollfd p = { .fd = fds[0], .events = POLLIN };
	if (poll(&p, 1, PATIENCE_MS) == 0)
		kill(pid, SIGKILL); /* it blocks: it is there */
	n = read(fds[0], &r, sizeof(r));
	close(fds[0]);
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return "killed";
	if (n != (ssize_t)sizeof(r))
		return "allowed";
	return r == -EPERM ? "EPERM" : r == -ENOSYS ? "ENOSYS" : "allowed";
}

static void sweep_calls(void)
{
	for (long nr = 0; nr < CALLS; nr++) {
		/* With all bits set futex(2) says ENOSYS, as if it were not there. */
		const char *full = call_outcome(nr, nr == SYS_futex ? 0 : -1), *empty = call_outcome(nr, 0);

		printf("sweep calls %ld %s\n", nr, strcmp(full, empty) ? "by-arguments" : full);
	}
}

/* Numbers of processes, threads and files say nothing: each becomes a word. */
static void put_normal(char *out, size_t size, const char *path)
{
	size_t n = 0;

	while (*path && n + 8 < size) {
		const char *end = strchrnul(path + 1, '/');
		size_t len = (size_t)(end - path);
		bool digits = len > 1;

		for (size_t i = 1; i < len; i++)
			digits = digits && isdigit((unsigned char)path[i]);
		n += (size_t)snprintf(out + n, size - n, "%.*s", digits ? 2 : (int)len, digits ? "/#" : path);
		path = end;
	}
	out[n < size ? n : size - 1] = 0;
}

static void look_at(const char *path)
{
	char name[512], byte;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	bool readable = fd >= 0 && (read(fd, &byte, 1) >= 0 || errno == EAGAIN);
	bool writable;

	close(fd);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	writable = fd >= 0;
	close(fd);
	if (readable || writable) {
		put_normal(name, sizeof(name), path);
		printf("sweep proc %s%s %s\n", readable ? "r" : "-", writable ? "w" : "-", name);
	}
}

static bool is_other_process(const char *path, const char *name)
{
	return !strcmp(path, "/proc") && isdigit((unsigned char)name[0]) && atoi(name) != getpid();
}

static void walk(const char *path, int depth)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char sub[512];

	if (!d || depth > DEPTH_MAX) {
		if (d)
			closedir(d);
		return;
	}
	while ((e = readdir(d))) {
		struct stat st;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || is_other_process(path, e->d_name))
			continue;
		if ((size_t)snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name) >= sizeof(sub) || lstat(sub, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			walk(sub, depth + 1);
		else if (S_ISREG(st.st_mode))
			look_at(sub);
	}
	closedir(d);
}

static void sweep_proc(void)
{
	walk("/proc", 0);
	walk("/sys", 0);
}

/* Every node that can be made and then opened. EPERM and EACCES are a guard's answer, others the driver's. */
static void sweep_devices(void)
{
	static const unsigned int minors[] = { 0, 1, 2, 3, 5, 7, 8, 9, 64, 130, 183 };
	static const mode_t kinds[] = { S_IFCHR, S_IFBLK };
	unsigned long tried = 0;

	for (unsigned int k = 0; k < 2; k++)
		for (unsigned int i = 0; i < MAJORS * sizeof(minors) / sizeof(minors[0]); i++) {
			unsigned int major_number = i / 11, minor_number = minors[i % 11];
			int fd = -1;

			tried++;
			if (mknod("/tmp/sweep", kinds[k] | 0666, makedev(major_number, minor_number)) == 0)
				fd = open("/tmp/sweep", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
			if (fd >= 0 || (errno != EPERM && errno != EACCES))
				printf("sweep devices %c %u:%u\n", k ? 'b' : 'c', major_number, minor_number);
			close(fd);
			unlink("/tmp/sweep");
		}
	printf("sweep devices-tried %lu\n", tried);
}

/* Target, type, root in the file system, options of the mount. */
static void sweep_mounts(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[1024], root[256], target[256], options[128], type[64];

	while (f && fgets(line, sizeof(line), f)) {
		char *dash = strstr(line, " - ");

		if (dash && sscanf(line, "%*s %*s %*s %255s %255s %127s", root, target, options) == 3 &&
		    sscanf(dash, " - %63s", type) == 1)
			printf("sweep mounts %s %s %s %s\n", target, type, root, options);
	}
	if (f)
		fclose(f);
}

/* Not a sweep but told like one: memory that was really there, of more than a row has. */
static void take_memory(void)
{
	static char bytes[48 << 20];

	memset(bytes, 1, sizeof(bytes));
	printf("sweep memory %zu\n", sizeof(bytes));
}

static const struct { const char *kind; void (*run)(void); } sweeps[] = {
	{ "calls", sweep_calls }, { "proc", sweep_proc }, { "devices", sweep_devices }, { "mounts", sweep_mounts },
	{ "memory", take_memory },
};

int sweep_run(const char *kind)
{
	for (size_t i = 0; i < sizeof(sweeps) / sizeof(sweeps[0]); i++)
		if (!strcmp(kind, sweeps[i].kind)) {
			sweeps[i].run();
			fflush(stdout);
			return 0;
		}
	fprintf(stderr, "no sweep %s\n", kind);
	return 2;
}
