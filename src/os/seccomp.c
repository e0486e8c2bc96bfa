/* SPDX-License-Identifier: MIT */
#include "os/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

int seccomp_install(const struct sock_filter *filter, uint16_t n, struct err *e)
{
	/* The kernel only reads it; struct sock_fprog has no const. */
	struct sock_fprog prog = { .len = n, .filter = (struct sock_filter *)filter };

	if (n == 0)
		return err_set(
			e, EINVAL,
			"seccomp: the filter has no instruction; build it again with jail-gen");
	/*
	 * No flags: SPEC_ALLOW would switch a mitigation off, TSYNC is for programs with threads,
	 * and LOG would let a jail fill the kernel log.
	 */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0)
		return 0;
	if (errno == EACCES)
		return err_set(e, EACCES, "seccomp: refused; no_new_privs must be set first");
	return err_set(e, errno, "seccomp: the kernel refused a filter of %u instructions (%s)", n,
		       errno == ENOSYS || errno == EINVAL
			       ? "CONFIG_SECCOMP_FILTER missing, or a bad program"
			       : "see seccomp(2)");
}
