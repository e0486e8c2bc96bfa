/* SPDX-License-Identifier: MIT */
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * struct clone_args of linux/sched.h, VER2: written out because libc headers of musl have older
 * ones.
 */
struct spawn_clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
		set_tid_size, cgroup;
};

#define SPAWN_INTO_CGROUP UINT64_C(0x200000000) /* CLONE_INTO_CGROUP, since 5.7 */
#define SPAWN_STACK	  16384

struct child {
	const struct spawn *s;
	const char *what; /* the call that failed; the child shares our memory and writes it here */
	int err;
	int source[SPAWN_FDS_MAX];
};

static _Alignas(64) char stack[SPAWN_STACK];
static volatile bool in_child;

/*
 * Only system calls from here to exec: memory is shared with the parent, which stands still.
 * A source whose number is also a target is lifted out of the way first.
 */
static int place_fds(struct child *c)
{
	unsigned int i, n = c->s->n_fds;

	for (i = 0; i < n; i++) {
		c->source[i] = c->s->fds[i];
		if (c->source[i] < (int)n)
			c->source[i] = fcntl(c->source[i], F_DUPFD_CLOEXEC, (int)n);
		if (c->source[i] < 0) {
			c->what = "dup";
			return -errno;
		}
	}
	for (i = 0; i < n; i++) {
		if (dup3(c->source[i], (int)i, 0) < 0) {
			c->what = "dup3";
			return -errno;
		}
	}
	return 0;
}

static int child_main(void *arg)
{
	struct child *c = arg;
	const struct spawn *s = c->s;
	sigset_t none;
	int program_fd, rc;

	program_fd = fcntl(s->program_fd, F_DUPFD_CLOEXEC, (int)s->n_fds);
	if (program_fd < 0) {
		c->what = "dup of the program";
		c->err = errno;
		return 1;
	}
	rc = place_fds(c);
	if (rc) {
		c->err = -rc;
		return 1;
	}
	/* Every fd is O_CLOEXEC at birth; this is for the one that somebody forgets. */
	if (syscall(SYS_close_range, s->n_fds, ~0u, CLOSE_RANGE_CLOEXEC) < 0 && errno != ENOSYS &&
	    errno != EINVAL) {
		c->what = "close_range";
		c->err = errno;
		return 1;
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	syscall(SYS_execveat, program_fd, "", s->argv, s->envp, AT_EMPTY_PATH);
	c->what = "execveat";
	c->err = errno;
	return 1;
}

/*
 * clone3(2) with a stack of its own, which no libc wraps: the child starts with nothing to return
 * to, so the call and what the child does first are one piece of assembly. child_main() never
 * returns to here; its result is ignored.
 */
#if defined(__x86_64__)
static long clone3_call(struct spawn_clone_args *args, size_t size, int (*fn)(void *), void *arg)
{
	register long ret __asm__("rax") = SYS_clone3;
	register void *a1 __asm__("rdi") = args;
	register size_t a2 __asm__("rsi") = size;
	register int (*f)(void *) __asm__("r8") = fn;
	register void *x __asm__("r9") = arg;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r9, %%rdi\n\t"
			 "call *%%r8\n\t"
			 "mov %%eax, %%edi\n\t"
			 "mov %[exit], %%eax\n\t"
			 "syscall\n\t"
			 "hlt\n"
			 "1:"
			 : "+r"(ret)
			 : "r"(a1), "r"(a2), "r"(f), "r"(x), [exit] "i"(SYS_exit_group)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
static long clone3_call(struct spawn_clone_args *args, size_t size, int (*fn)(void *), void *arg)
{
	register long nr __asm__("x8") = SYS_clone3;
	register long ret __asm__("x0") = (long)args;
	register size_t a2 __asm__("x1") = size;
	register int (*f)(void *) __asm__("x9") = fn;
	register void *x __asm__("x10") = arg;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x30, xzr\n\t"
			 "mov x0, x10\n\t"
			 "blr x9\n\t"
			 "mov x8, %[exit]\n\t"
			 "svc #0\n\t"
			 "brk #1\n"
			 "1:"
			 : "+r"(ret)
			 : "r"(nr), "r"(a2), "r"(f), "r"(x), [exit] "i"(SYS_exit_group)
			 : "memory", "x30");
	return ret;
}
#else
#error "spawn.c: clone3 with a stack is not written for this architecture yet"
#endif

bool spawn_in_child(void)
{
	return in_child;
}

pid_t spawn_process(const struct spawn *s, int *pidfd, struct err *e)
{
	struct child child;
	struct spawn_clone_args args = {
		.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD,
		.exit_signal = SIGCHLD,
		.stack = (uintptr_t)stack,
		.stack_size = sizeof(stack),
	};
	int fd = -1;
	long pid;

	if (s->n_fds > SPAWN_FDS_MAX)
		return err_set(e, EINVAL, "%u fds for a new process; at most %d fit", s->n_fds,
			       SPAWN_FDS_MAX);
	child.s = s;
	child.err = 0;
	args.pidfd = (uintptr_t)&fd;
	if (s->new_pid_ns)
		args.flags |= CLONE_NEWPID;
	if (s->cgroup_fd >= 0) {
		args.flags |= SPAWN_INTO_CGROUP;
		args.cgroup = (uint64_t)s->cgroup_fd;
	}
	in_child = true;
	pid = clone3_call(&args, sizeof(args), child_main, &child);
	in_child = false;
	if (pid < 0)
		return err_set(e, (int)pid, "clone3 (a process in its cgroup%s)",
			       s->new_pid_ns ? " and a new pid namespace" : "");
	if (child.err) {
		close(fd);
		return err_set(e, child.err, "%s, in the new process", child.what);
	}
	if (pidfd)
		*pidfd = fd;
	else
		close(fd);
	return (pid_t)pid;
}
