/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

#define PATIENCE_MS 2000

/* Written by the process of an attack, read after its end: memory that both have. */
static struct outcome *shared;

void detail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(shared->detail, sizeof(shared->detail), fmt, args);
	va_end(args);
}

static void __attribute__((noreturn)) child(const struct attack *a)
{
	int r;

	r = a->run();
	shared->kind = r < 0 ? REFUSED : THROUGH;
	shared->number = r < 0 ? -r : 0;
	_exit(0);
}

/* Its end is seen by the pipe that closes; waiting for it with a deadline takes no further system call. */
static bool ended_in_time(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, PATIENCE_MS) != 0;
}

struct outcome outcome_of(const struct attack *a)
{
	struct outcome failed = { .kind = HANGS };
	int fds[2], status = 0;
	pid_t pid;

	if (!shared)
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || pipe(fds))
		return failed;
	memset(shared, 0, sizeof(*shared));
	shared->kind = HANGS;
	pid = fork();
	if (pid < 0)
		return failed;
	if (pid == 0) {
		close(fds[0]);
		/* The one open file of the attack beside the standard streams, out of the way of those that look. */
		if (fds[1] != 3) {
			dup2(fds[1], 3);
			close(fds[1]);
		}
		child(a);
	}
	close(fds[1]);
	if (!ended_in_time(fds[0]))
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(fds[0]);
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
		shared->kind = KILLED;
		shared->number = WTERMSIG(status);
	}
	return *shared;
}

static const char *errno_name(int number)
{
	static const struct { int number; const char *name; } names[] = {
		{ EPERM, "EPERM" }, { ENOENT, "ENOENT" }, { EACCES, "EACCES" }, { ENOSYS, "ENOSYS" },
		{ EROFS, "EROFS" }, { EINVAL, "EINVAL" }, { ENODEV, "ENODEV" }, { ENXIO, "ENXIO" },
		{ ENOTTY, "ENOTTY" }, { EIO, "EIO" }, { ENOSPC, "ENOSPC" }, { EAGAIN, "EAGAIN" },
		{ EMFILE, "EMFILE" }, { ENOMEM, "ENOMEM" }, { ESRCH, "ESRCH" }, { ECONNREFUSED, "ECONNREFUSED" },
		{ EAFNOSUPPORT, "EAFNOSUPPORT" }, { EPROTONOSUPPORT, "EPROTONOSUPPORT" }, { EBADF, "EBADF" },
		{ ENETUNREACH, "ENETUNREACH" }, { ETXTBSY, "ETXTBSY" }, { EFBIG, "EFBIG" }, { EFAULT, "EFAULT" },
		{ EXDEV, "EXDEV" }, { ELOOP, "ELOOP" }, { EBUSY, "EBUSY" }, { EEXIST, "EEXIST" },
		{ EADDRNOTAVAIL, "EADDRNOTAVAIL" }, { ENOEXEC, "ENOEXEC" }, { ESTALE, "ESTALE" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

void outcome_print(const struct outcome *o, char *text, size_t size)
{
	const char *name = errno_name(o->number);

	switch (o->kind) {
	case THROUGH:
		snprintf(text, size, "through");
		break;
	case REFUSED:
		if (name)
			snprintf(text, size, "%s", name);
		else
			snprintf(text, size, "errno %d", o->number);
		break;
	case KILLED:
		snprintf(text, size, "%s",
			 o->number == SIGSYS ? "SIGSYS" : o->number == SIGSEGV ? "SIGSEGV" : "signal");
		break;
	case HANGS:
		snprintf(text, size, "hangs");
		break;
	}
}
