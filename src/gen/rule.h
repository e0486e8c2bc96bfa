/* SPDX-License-Identifier: MIT */
#ifndef GEN_RULE_H
#define GEN_RULE_H

#include <stdbool.h>
#include <stdint.h>

struct call;
struct policy;

/*
 * Conditions on the arguments of a system call. Both programs, libseccomp's and ours, are made from
 * these, in their own ways.
 */
enum test_op { TEST_EQ, TEST_NE, TEST_LT, TEST_LE, TEST_GT, TEST_GE };

/* (argument & mask) OP value, as 64 bit numbers without sign; the mask is all ones but for EQ, NE. */
struct test {
	uint32_t arg;
	uint32_t op; /* enum test_op */
	uint64_t mask;
	uint64_t value;
};
#define TESTS_MAX 6

/* If all tests hold: the action. No test: always. */
struct rule {
	uint32_t action; /* SECCOMP_RET_... */
	uint32_t n;
	struct test test[TESTS_MAX];
};

/* The first rule that holds, else otherwise. Zeroed before use: chains are compared as bytes. */
#define CHAIN_MAX 64
struct chain {
	uint32_t otherwise;
	uint32_t n;
	struct rule rule[CHAIN_MAX];
};

bool chain_equal(const struct chain *a, const struct chain *b);

/* ---- Walls (seccomp_wall.c): what is refused within calls that are allowed */

/* Which of them a row has; WALL_ALWAYS is in each policy. */
enum wall {
	WALL_ALWAYS = 1,
	WALL_NAMESPACES = 2,  /* RestrictNamespaces= */
	WALL_REALTIME = 4,    /* RestrictRealtime= */
	WALL_PERSONALITY = 8, /* LockPersonality= */
	WALL_WX = 16,	      /* MemoryDenyWriteExecute= */
	WALL_SXID = 32	      /* RestrictSUIDSGID= */
};

/*
 * The walls of policy @p within @call: rules that refuse, otherwise SECCOMP_RET_ALLOW. For socket()
 * and socketpair() those of RestrictAddressFamilies=, where the order of the rules counts.
 */
void wall_chain(struct chain *c, const struct policy *p, const char *call);

/* Is it socket() or socketpair()? */
bool wall_is_family(const char *call);

/*
 * Calls whose arguments are in memory, where no filter can look, so that a wall of @p can only take
 * them away: the action for @call, or SECCOMP_RET_ALLOW if no wall is concerned.
 */
uint32_t wall_blind(const struct policy *p, const char *call);

/* Print what the policy allows and on which conditions (seccomp_list.c). */
void policy_print(const struct policy *p);

/* What the profile, or the list of calls, says of @call alone. */
void base_chain(struct chain *c, const struct policy *p, const struct call *call);

#endif
