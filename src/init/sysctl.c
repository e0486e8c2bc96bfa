/* SPDX-License-Identifier: MIT */
#include "init/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

/*
 * Linux Documentation/admin-guide/sysctl/ and networking/ip-sysctl.rst tell what each does. What is
 * written here holds for every jail, also for one that an attacker has taken over.
 */
static const struct sysctl settings[] = {
	/* What a jail could use to get out, or to get at another */
	{ "user/max_user_namespaces", "0",
	  "a user namespace opens half of the kernel to whoever makes one", true },
	{ "kernel/unprivileged_bpf_disabled", "1",
	  "no BPF program from a jail, and no way back until reboot", true },
	{ "kernel/core_pattern", "", "a core dump never starts a program nor writes a file", true },
	{ "fs/suid_dumpable", "0", "what changed its identity leaves no core", true },
	{ "kernel/yama/ptrace_scope", "2",
	  "nobody without CAP_SYS_PTRACE looks into another process", false },
	{ "vm/memfd_noexec", "2", "memory files are no way around noexec mounts", false },
	{ "vm/unprivileged_userfaultfd", "0",
	  "stopping the kernel in a page fault is half of an exploit", false },
	{ "vm/mmap_min_addr", "65536",
	  "a kernel that follows a NULL pointer finds nothing of the attacker's", false },
	{ "net/core/bpf_jit_harden", "2", "constants in BPF programs are blinded", false },
	{ "dev/tty/legacy_tiocsti", "0", "nobody types into another's terminal", false },
	{ "dev/tty/ldisc_autoload", "0", "no line discipline that the machine does not use",
	  false },
	{ "kernel/io_uring_disabled", "2",
	  "a second way to make system calls, which filters do not see", false },
	{ "fs/binfmt_misc/status", "0", "no interpreters but those of the kernel", false },

	/* What a jail could learn */
	{ "kernel/kptr_restrict", "2", "kernel addresses are in no file", true },
	{ "kernel/dmesg_restrict", "1", "the kernel's messages tell addresses and devices", true },
	{ "kernel/perf_event_paranoid", "3", "performance counters see other processes", false },

	/* Links that somebody planted */
	{ "fs/protected_symlinks", "1",
	  "links in directories that all may write are not followed for others", false },
	{ "fs/protected_hardlinks", "1", "no link to a file that one may not write", false },
	{ "fs/protected_fifos", "2", "no FIFO of another where a file was to be made", false },
	{ "fs/protected_regular", "2", "the same for files", false },

	/* The machine */
	{ "kernel/sysrq", "0", "a keyboard or a break on the serial line does not steer the kernel",
	  false },
	{ "kernel/kexec_load_disabled", "1", "no other kernel than the one that was booted",
	  false },
	{ "kernel/modules_disabled", "1", "no module after boot", false },
	{ "kernel/panic_on_oops", "1", "a kernel that has stumbled is not to be trusted any more",
	  false },
	{ "kernel/randomize_va_space", "2", "addresses differ from start to start", false },

	/* The network of the machine, also with Network=host rows */
	{ "net/ipv4/tcp_syncookies", "1", "a flood of half-open connections keeps nobody out",
	  false },
	{ "net/ipv4/conf/all/rp_filter", "1", "no packet from where its answer would not go",
	  false },
	{ "net/ipv4/conf/default/rp_filter", "1", "the same for interfaces that come later",
	  false },
	{ "net/ipv4/conf/all/accept_redirects", "0", "neighbours do not change our routes", false },
	{ "net/ipv4/conf/default/accept_redirects", "0", "the same for interfaces that come later",
	  false },
	{ "net/ipv4/conf/all/secure_redirects", "0", "not even gateways do", false },
	{ "net/ipv4/conf/default/secure_redirects", "0", "the same for interfaces that come later",
	  false },
	{ "net/ipv4/conf/all/send_redirects", "0", "we are no router unless a board says so",
	  false },
	{ "net/ipv4/conf/default/send_redirects", "0", "the same for interfaces that come later",
	  false },
	{ "net/ipv4/conf/all/accept_source_route", "0", "a sender does not choose the way", false },
	{ "net/ipv4/conf/default/accept_source_route", "0",
	  "the same for interfaces that come later", false },
	{ "net/ipv4/conf/all/route_localnet", "0", "127.0.0.1 is never reached from outside",
	  false },
	{ "net/ipv4/icmp_echo_ignore_broadcasts", "1", "we amplify nobody's flood", false },
	{ "net/ipv4/tcp_rfc1337", "1", "a stray reset does not cut short a waiting connection",
	  false },
	{ "net/ipv6/conf/all/accept_redirects", "0", "as for IPv4", false },
	{ "net/ipv6/conf/default/accept_redirects", "0", "as for IPv4", false },
	{ "net/ipv6/conf/all/accept_source_route", "0", "as for IPv4", false },
	{ "net/ipv6/conf/default/accept_source_route", "0", "as for IPv4", false },
};

const struct sysctl *sysctl_list(unsigned int *n)
{
	*n = sizeof(settings) / sizeof(settings[0]);
	return settings;
}

static int apply_one(int dir_fd, const struct sysctl *s, struct err *e)
{
	cleanup_fd int fd = openat(dir_fd, s->path, O_WRONLY | O_CLOEXEC);
	char line[64];
	int n;

	if (fd < 0)
		return err_set(e, errno, "/proc/sys/%s: wanted %s (%s), it cannot be opened",
			       s->path, s->value, s->why);
	/* The newline makes an empty value a write of something. */
	n = snprintf(line, sizeof(line), "%s\n", s->value);
	if (write(fd, line, (size_t)n) != n)
		return err_set(e, errno, "/proc/sys/%s: writing %s failed (%s)", s->path, s->value,
			       s->why);
	return 0;
}

unsigned int sysctl_apply(const struct report *r)
{
	cleanup_fd int dir_fd = open("/proc/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned int n = 0, n_failed = 0;
	const struct sysctl *list = sysctl_list(&n);
	struct err e = ERR_NONE;

	if (dir_fd < 0) {
		err_set(&e, errno, "/proc/sys cannot be opened: the kernel's defaults stay");
		r->say(r->ctx, REPORT_WARNING, &e);
	}
	for (unsigned int i = 0; i < n; i++) {
		int rc = dir_fd < 0 ? -ENOENT : apply_one(dir_fd, &list[i], &e);
		bool lacking = rc == -ENOENT; /* a kernel without that feature */

		if (rc && list[i].required && !lacking)
			n_failed++;
		if (rc && dir_fd >= 0)
			r->say(r->ctx, list[i].required && !lacking ? REPORT_WARNING : REPORT_DEBUG,
			       &e);
	}
	return dir_fd < 0 ? n : n_failed;
}

int hostname_set(const char *name, struct err *e)
{
	if (sethostname(name, strlen(name)) < 0)
		return err_set(e, errno, "setting the host name to %s", name);
	return 0;
}
