/* SPDX-License-Identifier: MIT */
/*
 * The BPF interpreter, our own filter programs, and the proof that holds them against libseccomp's.
 */
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "gen/seccomp.h"

#define COUNT(a)     ((uint32_t)(sizeof(a) / sizeof((a)[0])))
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define RETURN(k)    BPF_STMT(BPF_RET | BPF_K, k)

static uint32_t run(const struct sock_filter *insn, uint32_t n, uint64_t arg0)
{
	struct seccomp_data d = { .nr = 7,
				  .arch = AUDIT_ARCH_X86_64,
				  .args = { arg0, 0, 0, 0, 0, 0x55 } };
	struct err e = ERR_NONE;

	assert_int_equal(program_check(insn, n, &e), 0);
	return program_run(insn, n, &d, NULL);
}

static void test_interpreter(void **state)
{
	const struct sock_filter sum[] = {
		/* (arg0 low + 5) * 2, kept in memory and X */
		LOAD(16),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 5),
		BPF_STMT(BPF_ST, 3),
		BPF_STMT(BPF_LDX | BPF_MEM, 3),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	const struct sock_filter bits[] = {
		LOAD(16),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_IMM, 1),
		BPF_STMT(BPF_ALU | BPF_LSH | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_NEG, 0),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	const struct sock_filter divide[] = {
		LOAD(16),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	const struct sock_filter jumps[] = {
		LOAD(60),  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		RETURN(1), /* high half of the last argument */
		LOAD(56),  BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x50, 1, 0),
		RETURN(2), BPF_STMT(BPF_JMP | BPF_JA, 1),
		RETURN(3), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 0x55, 0, 1),
		RETURN(4), RETURN(5),
	};

	(void)state;
	assert_int_equal(run(sum, COUNT(sum), 0x100000002), 14);
	assert_int_equal(run(bits, COUNT(bits), 4), (uint32_t)-16);
	assert_int_equal(run(divide, COUNT(divide), 8), sizeof(struct seccomp_data) / 8);
	assert_int_equal(run(divide, COUNT(divide), 0), SECCOMP_RET_KILL_THREAD);
	assert_int_equal(run(jumps, COUNT(jumps), 0), 1);
	assert_int_equal(run(jumps + 3, COUNT(jumps) - 3, 0), 5);
}

static void refused(const struct sock_filter *insn, uint32_t n)
{
	struct err e = ERR_NONE;

	assert_int_equal(program_check(insn, n, &e), -EINVAL);
	assert_true(strlen(e.text) > 0);
}

static void test_unsound_programs(void **state)
{
	const struct sock_filter odd[] = { LOAD(2), RETURN(0) };
	const struct sock_filter beyond[] = { LOAD(64), RETURN(0) };
	const struct sock_filter packet[] = { BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), RETURN(0) };
	const struct sock_filter no_return[] = { LOAD(0) };
	const struct sock_filter far[] = { BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
					   RETURN(0) };
	const struct sock_filter far_always[] = { BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX),
						  RETURN(0) };
	const struct sock_filter zero[] = { BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RETURN(0) };
	const struct sock_filter shift[] = { BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), RETURN(0) };
	const struct sock_filter word[] = { BPF_STMT(BPF_ST, 16), RETURN(0) };
	const struct sock_filter unset[] = { BPF_STMT(BPF_LD | BPF_MEM, 0), RETURN(0) };
	const struct sock_filter half_set[] = {
		LOAD(0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),
		BPF_STMT(BPF_ST, 0),
		BPF_STMT(BPF_LD | BPF_MEM, 0),
		RETURN(0),
	};
	const struct sock_filter unknown[] = { BPF_STMT(0xffff, 0), RETURN(0) };

	(void)state;
	refused(odd, 2);
	refused(beyond, 2);
	refused(packet, 2);
	refused(no_return, 1);
	refused(no_return, 0);
	refused(far, 2);
	refused(far_always, 2);
	refused(zero, 2);
	refused(shift, 2);
	refused(word, 2);
	refused(unset, 2);
	refused(half_set, 5);
	refused(unknown, 2);
}

static void test_stricter(void **state)
{
	(void)state;
	assert_int_equal(program_stricter(SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 1),
			 SECCOMP_RET_ERRNO | 1);
	assert_int_equal(program_stricter(SECCOMP_RET_ERRNO | 1, SECCOMP_RET_ALLOW),
			 SECCOMP_RET_ERRNO | 1);
	assert_int_equal(program_stricter(SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD),
			 SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(program_stricter(SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS),
			 SECCOMP_RET_KILL_PROCESS);
}

/* ---- A policy made by hand, without groups */

static struct policy policy;
static struct program ours, allow, narrow;
static struct proof proof;

static void add(struct calls *set, uint32_t arch, const char *name)
{
	unsigned int i = set->n;
	int nr = seccomp_syscall_resolve_name_arch(arch, name);

	assert_true(nr >= 0);
	for (; i > 0 && set->call[i - 1].nr > nr; i--)
		set->call[i] = set->call[i - 1];
	assert_int_equal(str_copy(set->call[i].name, CALL_NAME_MAX, name), 0);
	set->call[i].nr = nr;
	set->call[i].action = SECCOMP_RET_ALLOW;
	set->call[i].rule = set->call[i].n_rules = 0;
	set->n++;
}

static void make_policy(uint32_t arch, uint32_t deny)
{
	static const char *const names[] = {
		"read",	 "write",  "close",	  "ioctl",	"socket", "socketpair",
		"clone", "execve", "personality", "exit_group", "futex",  "getrandom",
	};

	static const char *const walled[] = {
		"sched_setscheduler",
		"mmap",
		"mmap2",
		"mprotect",
		"pkey_mprotect",
		"shmat",
		"chmod",
		"fchmod",
		"fchmodat",
		"mkdir",
		"mkdirat",
		"mknod",
		"mknodat",
		"creat",
		"open",
		"openat",
		"fchmodat2",
	};

	memset(&policy, 0, sizeof(policy));
	policy.arch = arch;
	policy.deny = policy.refuse = deny;
	policy.walls = WALL_ALWAYS | WALL_NAMESPACES | WALL_REALTIME | WALL_PERSONALITY | WALL_WX |
		       WALL_SXID;
	policy.namespaces = NAMESPACES_ALL;
	for (size_t i = 0; i < COUNT(names); i++)
		add(&policy.allow, arch, names[i]);
	for (size_t i = 0; i < COUNT(walled); i++)
		if (seccomp_syscall_resolve_name_arch(arch, walled[i]) >= 0)
			add(&policy.allow, arch, walled[i]);
	add(&policy.absent, arch, "clone3");
	policy.absent.call[0].action = SECCOMP_RET_ERRNO | ENOSYS;
	policy.n_families = 3;
	policy.family[0] = 1;
	policy.family[1] = 2;
	policy.family[2] = 16;
}

static void prove(void)
{
	struct err e = ERR_NONE;

	if (reference_make(&allow, &narrow, &policy, &e) != 0 ||
	    tree_make(&ours, &policy, &e) != 0 || program_check(ours.insn, ours.n, &e) != 0 ||
	    prove_equal(&ours, &allow, &narrow, &policy, &proof, &e) != 0)
		fail_msg("%s", e.text);
	assert_true(proof.runs > 10000);
}

static void test_equal(void **state)
{
	static const uint32_t arches[] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM };

	(void)state;
	for (size_t i = 0; i < COUNT(arches); i++) {
		make_policy(arches[i], SECCOMP_RET_ERRNO | EPERM);
		prove();
		make_policy(arches[i], SECCOMP_RET_KILL_PROCESS);
		prove();
		policy.n_families = 0;
		prove();
	}
}

/*
 * As many calls as a machine has, every second one: ranges that cannot be joined, and jumps further
 * than 255.
 */
static void test_large(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	make_policy(SCMP_ARCH_X86_64, SECCOMP_RET_ERRNO | EPERM);
	policy.allow.n = policy.absent.n = 0;
	for (int nr = 0; nr < 450; nr += 2) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, nr);

		if (name)
			add(&policy.allow, SCMP_ARCH_X86_64, name);
		free(name);
	}
	prove();
	assert_true(ours.n > 200 && ours.n <= FILTER_MAX);
	(void)e;
}

static uint32_t ask(const char *call, uint64_t arg0, uint64_t arg1, uint64_t arg2)
{
	struct seccomp_data d = { .arch = policy.arch, .args = { arg0, arg1, arg2 } };

	d.nr = seccomp_syscall_resolve_name_arch(policy.arch, call);
	return program_run(ours.insn, ours.n, &d, NULL);
}

/* What is meant, spelled out: the proof says that two programs agree, this that they are right. */
static void test_meaning(void **state)
{
	const uint64_t high = 1ull << 32;
	struct seccomp_data d = { .arch = SCMP_ARCH_X86_64 };

	(void)state;
	make_policy(SCMP_ARCH_X86_64, SECCOMP_RET_ERRNO | EPERM);
	prove();
	assert_int_equal(ask("read", 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask("mount", 0, 0, 0), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(ask("clone3", 0, 0, 0), SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(ask("ioctl", 0, 0x5401, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask("ioctl", 0, 0x5412, 0), SECCOMP_RET_ERRNO | EPERM); /* TIOCSTI */
	assert_int_equal(ask("ioctl", 0, high | 0x5412, 0),
			 SECCOMP_RET_ERRNO | EPERM); /* the kernel drops the rest */
	assert_int_equal(ask("ioctl", 0, 0x541c, 0), SECCOMP_RET_ERRNO | EPERM); /* TIOCLINUX */
	assert_int_equal(ask("clone", 17, 0, 0), SECCOMP_RET_ALLOW);
	for (unsigned int bit = 0; bit < 64; bit++) {
		/* CLONE_NEWNS, then NEWCGROUP to NEWNET */
		bool namespace = bit == 17 || (bit >= 25 && bit <= 30);

		assert_int_equal(ask("clone", 1ull << bit, 0, 0),
				 namespace ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW);
	}
	assert_int_equal(ask("personality", 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask("personality", 0xffffffff, 0, 0), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(ask("personality", 0x0400000, 0, 0),
			 SECCOMP_RET_ERRNO | EPERM); /* READ_IMPLIES_EXEC */
	assert_int_equal(ask("socket", 2, 1, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask("socket", 38, 1, 0), SECCOMP_RET_ERRNO | EAFNOSUPPORT); /* AF_ALG */
	assert_int_equal(ask("socket", high | 2, 1, 0), SECCOMP_RET_ERRNO | EAFNOSUPPORT);
	assert_int_equal(ask("socket", 16, 3, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask("socket", 16, 3, 15),
			 SECCOMP_RET_ERRNO | EPROTONOSUPPORT); /* KOBJECT_UEVENT */
	assert_int_equal(ask("socketpair", 1, 1, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask("socketpair", 10, 1, 0), SECCOMP_RET_ERRNO | EAFNOSUPPORT);

	d.nr = 0x40000000; /* x32 */
	assert_int_equal(program_run(ours.insn, ours.n, &d, NULL), SECCOMP_RET_KILL_PROCESS);
	d = (struct seccomp_data){ .arch = SCMP_ARCH_X86, .nr = 3 };
	assert_int_equal(program_run(ours.insn, ours.n, &d, NULL), SECCOMP_RET_KILL_PROCESS);
}

/* The walls that a row can take down, each with and without. */
static void test_walls(void **state)
{
	static const struct {
		enum wall wall;
		const char *call;
		uint64_t good[4], bad[4]; /* arguments */
	} cases[] = {
		{ WALL_NAMESPACES, "clone", { 17 }, { 0x10000000 | 17 } },
		{ WALL_REALTIME, "sched_setscheduler", { 0, 3 }, { 0, 1 } },
		{ WALL_REALTIME, "sched_setscheduler", { 0, 5 }, { 0, 2 } },
		{ WALL_REALTIME, "sched_setscheduler", { 0, 0 }, { 0, 6 } },
		{ WALL_REALTIME, "sched_setscheduler", { 0, 0 }, { 0, 0x40000001 } },
		{ WALL_PERSONALITY, "personality", { 0 }, { 8 } },
		{ WALL_WX, "mmap", { 0, 0, 5 }, { 0, 0, 7 } },
		{ WALL_WX, "mmap", { 0, 0, 3 }, { 0, 0, 6 } },
		{ WALL_WX, "mprotect", { 0, 0, 3 }, { 0, 0, 5 } },
		{ WALL_WX, "pkey_mprotect", { 0, 0, 3 }, { 0, 0, 4 } },
		{ WALL_WX, "shmat", { 0, 0, 0 }, { 0, 0, 0100000 } },
		{ WALL_SXID, "chmod", { 0, 01777 }, { 0, 04755 } },
		{ WALL_SXID, "fchmod", { 0, 0777 }, { 0, 02755 } },
		{ WALL_SXID, "fchmodat", { 0, 0, 0777 }, { 0, 0, 06755 } },
		{ WALL_SXID, "fchmodat2", { 0, 0, 0777 }, { 0, 0, 06755 } },
		{ WALL_SXID, "mkdir", { 0, 0777 }, { 0, 02755 } },
		{ WALL_SXID, "mkdirat", { 0, 0, 0777 }, { 0, 0, 02755 } },
		{ WALL_SXID, "mknod", { 0, 0777 }, { 0, 04755 } },
		{ WALL_SXID, "mknodat", { 0, 0, 0777 }, { 0, 0, 04755 } },
		{ WALL_SXID, "creat", { 0, 0777 }, { 0, 04755 } },
		{ WALL_SXID, "open", { 0, 0, 04755 }, { 0, 0100, 04755 } },
		{ WALL_SXID, "open", { 0, 0102, 0755 }, { 0, 020000002, 02755 } },
		{ WALL_SXID, "openat", { 0, 0, 0, 04755 }, { 0, 0, 0100, 04755 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct seccomp_data d = { .arch = SCMP_ARCH_X86_64 };
		struct err e = ERR_NONE;

		make_policy(SCMP_ARCH_X86_64, SECCOMP_RET_ERRNO | EPERM);
		assert_int_equal(tree_make(&ours, &policy, &e), 0);
		d.nr = seccomp_syscall_resolve_name(cases[i].call);
		memcpy(d.args, cases[i].good, sizeof(cases[i].good));
		assert_int_equal(program_run(ours.insn, ours.n, &d, NULL), SECCOMP_RET_ALLOW);
		memcpy(d.args, cases[i].bad, sizeof(cases[i].bad));
		if (program_run(ours.insn, ours.n, &d, NULL) != (SECCOMP_RET_ERRNO | EPERM))
			fail_msg("%s is let through", cases[i].call);
		policy.walls &= ~(uint32_t)cases[i].wall;
		assert_int_equal(tree_make(&ours, &policy, &e), 0);
		if (i > 0 && cases[i].wall != cases[i - 1].wall)
			prove();
		assert_int_equal(program_run(ours.insn, ours.n, &d, NULL), SECCOMP_RET_ALLOW);
	}
}

/*
 * The proof finds what is not equal: change each instruction a little, and it must say so or the
 * change is none.
 */
static bool harmless(uint32_t i)
{
	/* The last return may be one that nothing reaches in this policy. */
	return BPF_CLASS(ours.insn[i].code) == BPF_RET;
}

static void test_sabotage(void **state)
{
	unsigned int found = 0, tried = 0;

	(void)state;
	make_policy(SCMP_ARCH_X86_64, SECCOMP_RET_ERRNO | EPERM);
	prove();
	for (uint32_t i = 0; i < ours.n; i++) {
		struct sock_filter keep = ours.insn[i];
		struct err e = ERR_NONE;

		if (keep.code == (BPF_LD | BPF_W | BPF_ABS))
			ours.insn[i].k = keep.k == 0 ? 4 : 0;
		else
			ours.insn[i].k ^= 1;
		tried++;
		if (prove_equal(&ours, &allow, &narrow, &policy, &proof, &e) != 0) {
			found++;
			assert_non_null(strstr(e.text, "fault of jail-gen"));
		} else if (!harmless(i)) {
			fail_msg("instruction %u of %u changed, and the proof did not see it", i,
				 ours.n);
		}
		ours.insn[i] = keep;
	}
	assert_true(found >= tried - 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interpreter), cmocka_unit_test(test_unsound_programs),
		cmocka_unit_test(test_stricter),    cmocka_unit_test(test_equal),
		cmocka_unit_test(test_large),	    cmocka_unit_test(test_meaning),
		cmocka_unit_test(test_walls),	    cmocka_unit_test(test_sabotage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
