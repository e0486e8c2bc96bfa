/* SPDX-License-Identifier: MIT */
/*
 * The containers' own default profile, as Debian has it, against what a container runtime makes of
 * it: its rules given to libseccomp one by one, in their order.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <seccomp.h>

#include "base/fd.h"
#include "gen/file.h"
#include "gen/profile.h"
#include "os/seccomp.h"

#define PROFILE "/usr/share/containers/seccomp.json"

static struct policy policy;
static struct program ours, theirs, narrow;
static struct profile profile;
static char *text;
static size_t len;

static uint32_t action_of(uint32_t action)
{
	if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		return SCMP_ACT_ERRNO(action & SECCOMP_RET_DATA);
	return action == SECCOMP_RET_ALLOW ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS;
}

/* As runtimes do: what libseccomp does not know is left out, what it refuses is a failure. */
static void make_theirs(uint32_t arch)
{
	scmp_filter_ctx ctx = seccomp_init(action_of(profile.action));
	int fd = memfd_create("theirs", MFD_CLOEXEC);

	if (seccomp_arch_native() != arch) {
		assert_int_equal(seccomp_arch_add(ctx, arch), 0);
		assert_int_equal(seccomp_arch_remove(ctx, seccomp_arch_native()), 0);
	}
	for (unsigned int i = 0; i < profile.n; i++) {
		const struct profile_entry *entry = &profile.entry[i];
		struct scmp_arg_cmp args[TESTS_MAX];
		int nr = seccomp_syscall_resolve_name(entry->call);

		if (nr == __NR_SCMP_ERROR || entry->rule.action == profile.action)
			continue;
		for (unsigned int k = 0; k < entry->rule.n; k++) {
			const struct test *t = &entry->rule.test[k];
			bool masked = t->mask != UINT64_MAX;

			assert_true(masked || t->op == TEST_EQ || t->op == TEST_NE);
			args[k] = (struct scmp_arg_cmp){ t->arg,
							 masked		    ? SCMP_CMP_MASKED_EQ
							 : t->op == TEST_EQ ? SCMP_CMP_EQ
									    : SCMP_CMP_NE,
							 masked ? t->mask : t->value, t->value };
		}
		assert_int_equal(seccomp_rule_add_array(ctx, action_of(entry->rule.action), nr,
							entry->rule.n, args),
				 0);
	}
	assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
	seccomp_release(ctx);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	theirs.n = (uint32_t)((size_t)fd_read_full(fd, theirs.insn, sizeof(theirs.insn)) /
			      sizeof(theirs.insn[0]));
	close(fd);
}

static void make_ours(uint32_t arch, uint64_t caps)
{
	const struct profile_for whom = { arch, caps };
	static struct calls nothing;
	struct proof proof;
	struct err e = ERR_NONE;

	profile_free(&profile);
	memset(&policy, 0, sizeof(policy));
	policy.arch = arch;
	/* Only what the profile says: no walls, and all families (as the chain of 0 rules). */
	if (profile_parse(&profile, "profile", text, len, &whom, &e) != 0 ||
	    profile_apply(&profile, &policy, "profile", &nothing, &e) != 0 ||
	    tree_make(&ours, &policy, &e) != 0 ||
	    reference_make(&theirs, &narrow, &policy, &e) != 0 ||
	    prove_equal(&ours, &theirs, &narrow, &policy, &proof, &e) != 0)
		fail_msg("%s", e.text);
}

static bool is_socket(uint32_t arch, int nr)
{
	return nr == seccomp_syscall_resolve_name_arch(arch, "socket") ||
	       nr == seccomp_syscall_resolve_name_arch(arch, "socketpair");
}

/* RestrictAddressFamilies= holds beside every profile, so those two calls are not compared. */
static void test_as_runtimes(void **state)
{
	static const uint32_t arches[] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM };
	static const uint64_t caps[] = { 0, 1 << 21 | 1 << 18, ~0ull };
	static const uint64_t values[] = { 0,	       1,	   8,	      9,
					   16,	       0x20000,	   0x20008,   0xffffffff,
					   1ull << 32, 0x7e020000, 0x10000000 };
	size_t n = sizeof(values) / sizeof(values[0]);

	(void)state;
	if (!text) {
		print_message("SKIPPED: %s is not there\n", PROFILE);
		skip();
	}
	for (size_t i = 0; i < 9; i++) {
		uint32_t arch = arches[i % 3];

		make_ours(arch, caps[i / 3]);
		make_theirs(arch);
		for (int nr = 0; nr < 512; nr++)
			for (size_t a = 0; a < n * n && !is_socket(arch, nr); a++) {
				struct seccomp_data d = { .arch = arch, .nr = nr };

				d.args[0] = values[a % n];
				d.args[2] = values[a / n];
				if (!(arch & 0x80000000u) && (d.args[0] | d.args[2]) >> 32)
					continue;
				assert_int_equal(program_run(ours.insn, ours.n, &d, NULL),
						 program_run(theirs.insn, theirs.n, &d, NULL));
			}
	}
}

/* It is a filter for a real kernel: what it allows and refuses there. */
static void test_in_kernel(void **state)
{
	int status = -1;
	pid_t pid;

	(void)state;
#ifndef __x86_64__
	skip();
#endif
	if (!text)
		skip();
	make_ours(SCMP_ARCH_X86_64, 0);
	pid = fork();
	if (pid == 0) {
		struct err e = ERR_NONE;
		/* With nothing to set, the kernel lets anyone pass who comes so far. */
		bool good = syscall(SYS_settimeofday, NULL, NULL) == 0 &&
			    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
			    seccomp_install(ours.insn, (uint16_t)ours.n, &e) == 0 && getppid() > 0;

		errno = 0;
		good &= syscall(SYS_settimeofday, NULL, NULL) < 0 && errno == EPERM;
		errno = 0;
		good &= syscall(SYS_io_uring_setup, 0, NULL) < 0 && errno == ENOSYS;
		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int read_profile(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	text = file_read(PROFILE, &len, &e);
	return 0;
}

static int free_all(void **state)
{
	(void)state;
	profile_free(&profile);
	free(text);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_runtimes),
		cmocka_unit_test(test_in_kernel),
	};

	return cmocka_run_group_tests(tests, read_profile, free_all);
}
