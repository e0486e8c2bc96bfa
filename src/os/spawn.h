/* SPDX-License-Identifier: MIT */
#ifndef OS_SPAWN_H
#define OS_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define SPAWN_FDS_MAX 192

/* What becomes a new process: a program, its files, and where it is born. */
struct spawn {
	int program_fd; /* executed with execveat(AT_EMPTY_PATH); may be O_PATH */
	char *const *argv;
	char *const *envp;
	const int *fds;	    /* fds[n] becomes n; any of them may be named several times */
	unsigned int n_fds; /* at most SPAWN_FDS_MAX */
	int cgroup_fd;	 /* it is born in this cgroup (CLONE_INTO_CGROUP), -1 = in the caller's */
	bool new_pid_ns; /* as process 1 of a new pid namespace */
};

/*
 * Make the process. Between clone3(2) (CLONE_VM, CLONE_VFORK: the caller stands still until exec)
 * and execveat(2) the child only places the fds, closes all others, and unblocks all signals.
 * Everything else is the program's own task. Not reentrant: one static stack, for a caller with a
 * single thread.
 *
 * Returns the pid, and in *@pidfd (may be NULL) a pidfd the caller owns; or -errno with @e, and no
 * process is left but one zombie to be reaped when the exec failed.
 */
pid_t spawn_process(const struct spawn *s, int *pidfd, struct err *e);

/* Is this the child, between clone3() and exec? For a crash handler, which both would run. */
bool spawn_in_child(void);

#endif
