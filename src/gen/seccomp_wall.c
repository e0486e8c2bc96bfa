/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "gen/seccomp.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define ALL   UINT64_MAX
#define LOW   UINT32_MAX /* where the kernel looks at an int */
#define SXID  (S_ISUID | S_ISGID)
#define MAKES 020000100 /* O_CREAT and the kernel's own bit of O_TMPFILE: open() takes a mode */

/* Tests as words of the table below. */
#define IS(a, m, v)                                                                                \
	{                                                                                          \
		a, TEST_EQ, m, v                                                                   \
	}
#define ANY(a, bits)                                                                               \
	{                                                                                          \
		a, TEST_NE, bits, 0                                                                \
	}
#define ABOVE(a, v)                                                                                \
	{                                                                                          \
		a, TEST_GT, ALL, v                                                                 \
	}

/* Of what a row's namespaces are, which only the policy knows. */
#define NAMESPACES 0

/* clang-format off */
/*
 * What is refused, and why: putting characters into a terminal's input (twice), changing its line
 * discipline; the others are systemd's, see systemd.exec(5). setns() with 0 takes any namespace.
 */
static const struct wall_rule {
	const char *call;
	enum wall wall;
	unsigned int n;
	struct test test[2];
} rules[] = {
	{ "ioctl", WALL_ALWAYS, 1, { IS(1, LOW, TIOCSTI) } },
	{ "ioctl", WALL_ALWAYS, 1, { IS(1, LOW, 0x541c /* TIOCLINUX */) } },
	{ "ioctl", WALL_ALWAYS, 1, { IS(1, LOW, TIOCSETD) } },

	{ "clone", WALL_NAMESPACES, 1, { ANY(0, NAMESPACES) } },
	{ "unshare", WALL_NAMESPACES, 1, { ANY(0, NAMESPACES) } },
	{ "setns", WALL_NAMESPACES, 1, { ANY(1, NAMESPACES) } },
	{ "setns", WALL_NAMESPACES, 1, { IS(1, LOW, 0) } },

	/* All but SCHED_OTHER 0, SCHED_BATCH 3, SCHED_IDLE 5. */
	{ "sched_setscheduler", WALL_REALTIME, 1, { ABOVE(1, SCHED_IDLE) } },
	{ "sched_setscheduler", WALL_REALTIME, 1, { IS(1, ALL, SCHED_FIFO) } },
	{ "sched_setscheduler", WALL_REALTIME, 1, { IS(1, ALL, SCHED_RR) } },
	{ "sched_setscheduler", WALL_REALTIME, 1, { IS(1, ALL, 4) } },

	/* 0 is the plain machine, which every program starts as. */
	{ "personality", WALL_PERSONALITY, 1, { ABOVE(0, 0) } },

	{ "mmap", WALL_WX, 1, { IS(2, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC) } },
	{ "mmap2", WALL_WX, 1, { IS(2, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC) } },
	{ "mprotect", WALL_WX, 1, { ANY(2, PROT_EXEC) } },
	{ "pkey_mprotect", WALL_WX, 1, { ANY(2, PROT_EXEC) } },
	{ "shmat", WALL_WX, 1, { ANY(2, SHM_EXEC) } },

	{ "chmod", WALL_SXID, 1, { ANY(1, SXID) } },
	{ "fchmod", WALL_SXID, 1, { ANY(1, SXID) } },
	{ "fchmodat", WALL_SXID, 1, { ANY(2, SXID) } },
	{ "fchmodat2", WALL_SXID, 1, { ANY(2, SXID) } },
	{ "mkdir", WALL_SXID, 1, { ANY(1, SXID) } },
	{ "mkdirat", WALL_SXID, 1, { ANY(2, SXID) } },
	{ "mknod", WALL_SXID, 1, { ANY(1, SXID) } },
	{ "mknodat", WALL_SXID, 1, { ANY(2, SXID) } },
	{ "creat", WALL_SXID, 1, { ANY(1, SXID) } },
	{ "open", WALL_SXID, 2, { ANY(1, MAKES), ANY(2, SXID) } },
	{ "openat", WALL_SXID, 2, { ANY(2, MAKES), ANY(3, SXID) } },
};

/* Absent, where programs fall back to the call that can be looked into. */
static const struct {
	const char *call;
	enum wall wall;
	bool absent;
} blind[] = {
	{ "openat2", WALL_SXID, true },
	{ "clone3", WALL_NAMESPACES, true },
	{ "sched_setattr", WALL_REALTIME, false },
};
/* clang-format on */

static struct rule *chain_add(struct chain *c, uint32_t action)
{
	struct rule *r = &c->rule[c->n++]; /* the table and the families are far fewer */

	r->action = action;
	return r;
}

static void rule_add(struct rule *r, uint32_t arg, uint64_t value)
{
	r->test[r->n++] = (struct test){ arg, TEST_EQ, ALL, value };
}

/*
 * The families of the list; of AF_NETLINK only NETLINK_ROUTE, which is protocol 0: the others carry
 * device events, audit and the like.
 */
static void family_chain(struct chain *c, const struct policy *p)
{
	c->otherwise = SECCOMP_RET_ERRNO | EAFNOSUPPORT;
	for (unsigned int i = 0; i < p->n_families; i++) {
		struct rule *r = chain_add(c, SECCOMP_RET_ALLOW);

		rule_add(r, 0, p->family[i]);
		if (p->family[i] != AF_NETLINK)
			continue;
		rule_add(r, 2, 0);
		rule_add(chain_add(c, SECCOMP_RET_ERRNO | EPROTONOSUPPORT), 0, AF_NETLINK);
	}
}

bool wall_is_family(const char *call)
{
	return strcmp(call, "socket") == 0 || strcmp(call, "socketpair") == 0;
}

void wall_chain(struct chain *c, const struct policy *p, const char *call)
{
	memset(c, 0, sizeof(*c));
	c->otherwise = SECCOMP_RET_ALLOW;
	if (wall_is_family(call)) {
		family_chain(c, p);
		return;
	}
	for (size_t i = 0; i < LENGTH(rules); i++) {
		struct rule *r;

		if (!(p->walls & rules[i].wall) || strcmp(rules[i].call, call) != 0)
			continue;
		r = chain_add(c, p->refuse);
		r->n = rules[i].n;
		memcpy(r->test, rules[i].test, sizeof(rules[i].test));
		/* In clone() the bit of CLONE_NEWTIME is part of a signal's number. */
		if (r->test[0].mask == NAMESPACES)
			r->test[0].mask = p->namespaces |
					  (strcmp(call, "clone") == 0 ? 0 : CLONE_NEWTIME);
	}
}

uint32_t wall_blind(const struct policy *p, const char *call)
{
	for (size_t i = 0; i < LENGTH(blind); i++)
		if (p->walls & blind[i].wall && strcmp(blind[i].call, call) == 0)
			return blind[i].absent ? SECCOMP_RET_ERRNO | ENOSYS : p->refuse;
	return SECCOMP_RET_ALLOW;
}

void base_chain(struct chain *c, const struct policy *p, const struct call *call)
{
	memset(c, 0, sizeof(*c));
	c->otherwise = call->action;
	c->n = call->n_rules;
	memcpy(c->rule, &p->rule[call->rule], call->n_rules * sizeof(c->rule[0]));
}

bool chain_equal(const struct chain *a, const struct chain *b)
{
	return a->otherwise == b->otherwise && a->n == b->n &&
	       memcmp(a->rule, b->rule, a->n * sizeof(a->rule[0])) == 0;
}
