/* SPDX-License-Identifier: MIT */
/*
 * From the words of a row to a policy, and the filter of an ordinary row loaded into a real kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <seccomp.h>

#include "base/fd.h"
#include "conf/table.h"
#include "gen/seccomp.h"
#include "os/seccomp.h"

static struct groups groups;
static struct policy policy;
static struct service service;

/* ---- Groups */

static int parse_groups(const char *text, struct err *e)
{
	static struct groups other;

	*e = ERR_NONE;
	return groups_parse(&other, "groups", text, strlen(text), e);
}

static void groups_fail(const char *text, const char *message)
{
	struct err e;

	assert_int_equal(parse_groups(text, &e), -EINVAL);
	if (!strstr(e.text, message))
		fail_msg("wanted \"%s\", found \"%s\"", message, e.text);
}

static void test_groups(void **state)
{
	char deep[1024] = "", line[32];
	struct err e;

	(void)state;
	assert_int_equal(
		parse_groups("# a\n[@a] # b\nread\twrite link|linkat\n@b\n[@b]\nset_tls", &e), 0);
	assert_int_equal(parse_groups("", &e), 0);
	groups_fail("read\n", "groups:1: wanted [@name] first, found read");
	groups_fail("[@a]\n[@a]\n", "groups:2: group @a is there twice");
	groups_fail("[a]\n", "wanted [@name]");
	groups_fail("[@a]\n\n# x\nopnat\n", "groups:4: libseccomp knows no system call opnat on "
					    "any machine; did you mean openat");
	groups_fail("[@a]\nlink|lnkat\n",
		    "no system call lnkat on any machine; did you mean linkat");
	groups_fail("[@a]\nqqqqqqqqqqqq\n", "no system call qqqqqqqqqqqq on any machine");
	groups_fail("[@a]\n@b\n", "groups:2: there is no group @b");
	groups_fail("[@a]\n@b\n[@b]\n@a\n", "holds itself");
	for (int i = 0; i < 12; i++) {
		snprintf(line, sizeof(line), "[@g%d]\n@g%d\n", i, i + 1);
		strcat(deep, line);
	}
	strcat(deep, "[@g12]\nread\n");
	groups_fail(deep, "nested deeper");
	memset(deep, 'x', 200);
	deep[200] = '\0';
	groups_fail(deep, "a word longer than");
}

/* ---- Rows */

static struct word_place find_word(void *ctx, const char *word)
{
	(void)ctx;
	(void)word;
	return (struct word_place){ "t.tab", 12, "row web: " };
}

static int make(const char *lines, uint32_t arch, struct err *e)
{
	const struct placer where = { find_word, NULL };
	char text[1024];

	*e = ERR_NONE;
	snprintf(text, sizeof(text), "ExecStart=/usr/bin/x\nUser=1000\n%s\n", lines);
	if (service_parse(&service, "web", "web.svc", text, strlen(text), NULL, e) != 0)
		fail_msg("%s", e->text);
	return policy_make(&policy, arch, &groups, &service, &where, e);
}

static void row_fails(const char *lines, const char *message)
{
	struct err e;

	assert_int_equal(make(lines, SCMP_ARCH_X86_64, &e), -EINVAL);
	if (!strstr(e.text, message))
		fail_msg("wanted \"%s\", found \"%s\"", message, e.text);
}

static bool allows(const char *call)
{
	for (unsigned int i = 0; i < policy.allow.n; i++)
		if (strcmp(policy.allow.call[i].name, call) == 0)
			return true;
	return false;
}

static bool is_absent(const char *call)
{
	for (unsigned int i = 0; i < policy.absent.n; i++)
		if (strcmp(policy.absent.call[i].name, call) == 0)
			return true;
	return false;
}

static void test_rows(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(make("", SCMP_ARCH_X86_64, &e), 0);
	assert_true(policy.allow.n <= 120);
	assert_int_equal(policy.deny, SECCOMP_RET_ERRNO | EPERM);
	assert_true(allows("read") && allows("link") && !allows("linkat") && !allows("mount"));
	assert_true(is_absent("clone3") && is_absent("openat2"));
	assert_int_equal(policy.n_families, 3);
	assert_int_equal(policy.family[2], AF_INET6);

	assert_int_equal(
		make("SystemCallFilter=@default ~@network-io openat2 ~@mount ~rename ~modify_ldt\n"
		     "RestrictSUIDSGID=no",
		     SCMP_ARCH_X86_64, &e),
		0);
	assert_true(allows("read") && !allows("socket") && allows("openat2") && !allows("rename"));
	assert_true(!is_absent("openat2"));

	/* What no filter can look into is taken away by the walls. */
	assert_int_equal(
		make("SystemCallFilter=@default openat2 sched_setattr", SCMP_ARCH_X86_64, &e), 0);
	assert_true(!allows("openat2") && is_absent("openat2") && !allows("sched_setattr"));
	assert_int_equal(make("SystemCallFilter=@default sched_setattr\nRestrictRealtime=no",
			      SCMP_ARCH_X86_64, &e),
			 0);
	assert_true(allows("sched_setattr"));

	/* Namespaces: only a row that asks for some can have the calls that make them. */
	assert_int_equal(make("SystemCallFilter=@default unshare setns\nRestrictNamespaces=net",
			      SCMP_ARCH_X86_64, &e),
			 0);
	assert_true(allows("unshare") &&
		    policy.namespaces == (NAMESPACES_ALL & ~(uint32_t)CLONE_NEWNET));
	assert_int_equal(make("SystemCallFilter=@default unshare\nRestrictNamespaces=no",
			      SCMP_ARCH_X86_64, &e),
			 0);
	assert_false(policy.walls & WALL_NAMESPACES);
	assert_int_equal(make("RestrictNamespaces=~user", SCMP_ARCH_X86_64, &e), 0);
	assert_int_equal(policy.namespaces, CLONE_NEWUSER);

	assert_int_equal(make("", SCMP_ARCH_AARCH64, &e), 0);
	assert_true(allows("linkat") && !allows("link"));
	assert_int_equal(make("SystemCallFilter=@default symlink|symlinkat", SCMP_ARCH_AARCH64, &e),
			 0);
	assert_true(allows("symlinkat"));

	assert_int_equal(
		make("SystemCallErrorNumber=kill\nRestrictAddressFamilies=AF_INET6 AF_UNIX AF_UNIX",
		     SCMP_ARCH_X86_64, &e),
		0);
	assert_int_equal(policy.deny, SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(policy.n_families, 2);
	assert_int_equal(policy.family[0], AF_UNIX);
	assert_int_equal(make("SystemCallErrorNumber=ENOSYS", SCMP_ARCH_X86_64, &e), 0);
	assert_int_equal(policy.absent.n, 0);
}

static void test_wrong_rows(void **state)
{
	static const char *const never[] = {
		"mount",
		"unshare",
		"setns",
		"ptrace",
		"bpf",
		"io_uring_setup",
		"keyctl",
		"userfaultfd",
		"clone3",
		"perf_event_open",
		"kexec_load",
		"init_module",
		"open_by_handle_at",
		"process_vm_readv",
		"pivot_root",
		"chroot",
		"quotactl",
		"reboot",
		"swapon",
		"@mount",
		"@privileged",
		"@keyring",
		"@debug",
		"@reboot",
	};
	char line[128];

	(void)state;
	row_fails("SystemCallFilter=@default opnat",
		  "t.tab:12: row web: opnat: no such system call; did you mean openat");
	row_fails("SystemCallFilter=@default ~lnk", "no such system call; did you mean link");
	row_fails("SystemCallFilter=@default set_tls", "this machine has no such system call");
	row_fails("SystemCallFilter=@defualt", "there is no such group");
	row_fails("SystemCallFilter=read write exit_group", "execve: is not allowed");
	row_fails("SystemCallFilter=@default ~@process", "execve: is not allowed");
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		snprintf(line, sizeof(line), "SystemCallFilter=@default %s", never[i]);
		row_fails(line, "no row can have this call");
	}
}

/* No group but those that a row can only take away holds a call of @never. */
static void test_usable_groups(void **state)
{
	static const char *const usable[] = {
		"@default",	"@aio",	     "@basic-io",  "@chown",	      "@clock",
		"@file-system", "@io-event", "@ipc",	   "@memlock",	      "@network-io",
		"@pkey",	"@process",  "@resources", "@sandbox",	      "@setuid",
		"@signal",	"@sync",     "@timer",	   "@system-service",
	};
	static const uint32_t arches[] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM };
	char line[128];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(usable) / sizeof(usable[0]); i++)
		for (size_t a = 0; a < 3; a++) {
			snprintf(line, sizeof(line), "SystemCallFilter=@default %s", usable[i]);
			if (make(line, arches[a], &e) != 0)
				fail_msg("%s", e.text);
		}
}

/* ---- In a real kernel */

static struct program filter;

static void load_filter(const char *lines)
{
	static struct program allow, narrow;
	struct proof proof;
	struct err e;

	if (make(lines, SCMP_ARCH_X86_64, &e) != 0 ||
	    reference_make(&allow, &narrow, &policy, &e) != 0 ||
	    tree_make(&filter, &policy, &e) != 0 ||
	    prove_equal(&filter, &allow, &narrow, &policy, &proof, &e) != 0)
		fail_msg("%s", e.text);
}

#define CHECK(what)                                                                                \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			dprintf(2, "%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #what,    \
				errno);                                                            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)
#define CHECK_FAILS(call, num)                                                                     \
	do {                                                                                       \
		errno = 0;                                                                         \
		CHECK((call) == -1 && errno == (num));                                             \
	} while (0)

/* Raw wait status of a child that runs @body under the filter. */
static int run_filtered(void (*body)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct err e = ERR_NONE;

		CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		CHECK(seccomp_install(filter.insn, (uint16_t)filter.n, &e) == 0);
		body();
		syscall(SYS_exit_group, 0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void ordinary(void)
{
	char c = 0;
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0 && read(fd, &c, 1) == 1);
	CHECK(socket(AF_INET, SOCK_STREAM, 0) >= 0);
	CHECK(syscall(SYS_fork) >= 0);
	CHECK_FAILS(unshare(CLONE_NEWUSER), EPERM);
	CHECK_FAILS(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0), EPERM);
	CHECK_FAILS(syscall(SYS_clone, 0x100000000ul | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0), EPERM);
	CHECK_FAILS(syscall(SYS_clone3, NULL, 0), ENOSYS);
	CHECK_FAILS(syscall(SYS_mount, 0, 0, 0, 0, 0), EPERM);
	CHECK_FAILS(syscall(SYS_keyctl, 0, 0, 0, 0, 0), EPERM);
	CHECK_FAILS(syscall(SYS_ptrace, 0, 0, 0, 0), EPERM);
	CHECK_FAILS(socket(AF_NETLINK, SOCK_RAW, 0), EAFNOSUPPORT);
	CHECK_FAILS(socket(38, SOCK_SEQPACKET, 0), EAFNOSUPPORT);
	CHECK_FAILS(ioctl(0, TIOCSTI, &c), EPERM);
	CHECK_FAILS(syscall(SYS_ioctl, 0, 0x100000000ul | TIOCSTI, &c), EPERM);
	CHECK_FAILS(personality(0xffffffff), EPERM); /* not in @default */
}

/* The attacks on the walls; each of them succeeds once its wall is down. */
static void attack_walls(int num)
{
	struct sched_param lowest = { .sched_priority = 0 };
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
	char file[] = "/tmp/wall.XXXXXX";
	int fd = mkstemp(file);

	CHECK(page != MAP_FAILED && fd >= 0 && unlink(file) == 0);
	/* Without the right to it SCHED_FIFO is refused anyway, but SCHED_FIFO with 0 is EINVAL. */
	errno = 0;
	CHECK(sched_setscheduler(0, SCHED_FIFO, &lowest) < 0 && errno == (num ? num : EINVAL));
	CHECK(sched_setscheduler(0, SCHED_BATCH, &lowest) == 0);
	errno = 0;
	CHECK((personality(8) < 0) == (num != 0) && errno == num);
	errno = 0;
	CHECK((mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, flags, -1, 0) == MAP_FAILED) == (num != 0));
	CHECK(errno == num);
	errno = 0;
	CHECK((mprotect(page, 4096, PROT_READ | PROT_EXEC) < 0) == (num != 0) && errno == num);
	errno = 0;
	CHECK((fchmod(fd, 04755) < 0) == (num != 0) && errno == num);
	CHECK(fchmod(fd, 0755) == 0);
	errno = 0;
	CHECK((openat(AT_FDCWD, "/tmp", O_TMPFILE | O_RDWR, 02700) < 0) == (num != 0));
	CHECK(errno == num);
	CHECK(openat(AT_FDCWD, "/tmp", O_TMPFILE | O_RDWR, 0700) >= 0);
}

static void walls_hold(void)
{
	attack_walls(EPERM);
}

static void walls_are_down(void)
{
	attack_walls(0);
}

static void own_network(void)
{
	CHECK(getuid() != 0 || unshare(CLONE_NEWNET) == 0);
	CHECK_FAILS(unshare(CLONE_NEWUTS), EPERM);
	CHECK_FAILS(unshare(CLONE_NEWNET | CLONE_NEWUSER), EPERM);
	CHECK_FAILS(unshare(CLONE_NEWTIME), EPERM);
	CHECK_FAILS(setns(0, 0), EPERM);
	CHECK_FAILS(setns(0, CLONE_NEWNET), EINVAL); /* it came to the kernel: 0 is no namespace */
}

static void x32(void)
{
	syscall(0x40000000 | SYS_getpid);
}

static void foreign(void)
{
#ifdef __x86_64__
	int r = 20; /* getpid of i386 */

	__asm__ volatile("int $0x80" : "+a"(r) : : "memory");
#endif
}

static void forbidden(void)
{
	syscall(SYS_mount, 0, 0, 0, 0, 0);
}

static bool killed(int status)
{
	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV);
}

static void test_kernel(void **state)
{
	int status;

	(void)state;
#ifndef __x86_64__
	print_message("SKIPPED: this host is not x86_64\n");
	skip();
#endif
	load_filter("");
	assert_int_equal(run_filtered(ordinary), 0);
	status = run_filtered(x32);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	assert_true(killed(
		run_filtered(foreign))); /* SIGSEGV where the kernel has no 32 bit entry at all */
	assert_int_equal(run_filtered(forbidden), 0);
	load_filter("SystemCallFilter=@default sched_setscheduler personality\n"
		    "MemoryDenyWriteExecute=yes");
	assert_int_equal(run_filtered(walls_hold), 0);
	load_filter("SystemCallFilter=@default sched_setscheduler personality\n"
		    "RestrictRealtime=no\nLockPersonality=no\nRestrictSUIDSGID=no");
	assert_int_equal(run_filtered(walls_are_down), 0);
	load_filter("SystemCallFilter=@default unshare setns\nRestrictNamespaces=net");
	assert_int_equal(run_filtered(own_network), 0);
	load_filter("SystemCallErrorNumber=kill");
	status = run_filtered(forbidden);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static void test_no_filter(void **state)
{
	const struct sock_filter bad = { 0xffff, 0, 0, 0 };
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(seccomp_install(&bad, 0, &e), -EINVAL);
	assert_true(seccomp_install(&bad, 1, &e) < 0);
	assert_true(strlen(e.text) > 0);
}

static int read_groups(void **state)
{
	static char text[GROUP_TEXT_MAX];
	struct err e = ERR_NONE;
	ssize_t n = fd_read_file_bounded(AT_FDCWD, "board/common/seccomp/groups", text,
					 sizeof(text), &e);

	(void)state;
	if (n < 0 || groups_parse(&groups, "groups", text, (size_t)n, &e) != 0) {
		fprintf(stderr, "%s (to be run in the tree)\n", e.text);
		return -1;
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),	   cmocka_unit_test(test_rows),
		cmocka_unit_test(test_wrong_rows), cmocka_unit_test(test_usable_groups),
		cmocka_unit_test(test_kernel),	   cmocka_unit_test(test_no_filter),
	};

	return cmocka_run_group_tests(tests, read_groups, NULL);
}
