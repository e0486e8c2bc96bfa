/* SPDX-License-Identifier: MIT */
/*
 * Our own program: the numbers of system calls are cut into ranges with one outcome each, and a
 * binary search finds the range. Loading a filter costs a check of each instruction and a run for
 * every number (the kernel builds its bitmap of calls that are always allowed), so what counts is
 * few instructions and short paths, weighed by PATH_WEIGHT.
 *
 * Jumps go forward only, so the program is written from its end; positions count from there.
 */
#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "gen/file.h"
#include "gen/seccomp.h"

#define X32_BIT	    0x40000000u
#define RANGES_MAX  (2 * CALLS_MAX * 2 + 1)
#define TARGETS_MAX 8
#define NUMBERS	    512 /* the kernel tries about so many numbers when it loads a filter */
#define INSN_WEIGHT                                                                                \
	32 /* one instruction more costs as much as this many steps on the paths of those */

#define ARG_LOW(i)  ((uint32_t)(offsetof(struct seccomp_data, args) + 8 * (i)))
#define ARG_HIGH(i) (ARG_LOW(i) + 4) /* all our machines are little-endian */

/* What happens to a range of numbers. */
struct outcome {
	const struct check *check; /* NULL: */
	uint32_t action;
};

struct range {
	uint32_t first;
	unsigned int outcome;
};

struct tree {
	const struct policy *p;
	struct sock_filter insn[BPF_MAXINSNS]; /* insn[0] is the last one of the program */
	uint32_t n;
	bool full;
	unsigned int n_outcomes;
	struct outcome outcome[TARGETS_MAX];
	uint32_t at[TARGETS_MAX]; /* where each outcome's code begins */
	unsigned int n_ranges;
	struct range range[RANGES_MAX];
	uint32_t *cost;	 /* [from * n_ranges + to] */
	uint16_t *split; /* first range of the right half; 0: leaf; SPLIT_EQUAL */
};
#define SPLIT_EQUAL UINT16_MAX

/* ---- Writing, from the end */

static uint32_t emit(struct tree *t, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (t->n == BPF_MAXINSNS)
		t->full = true;
	else
		t->insn[t->n++] = (struct sock_filter){ code, jt, jf, k };
	return t->n;
}

static uint32_t emit_return(struct tree *t, uint32_t action)
{
	return emit(t, BPF_RET | BPF_K, action, 0, 0);
}

static uint32_t emit_load(struct tree *t, uint32_t offset)
{
	return emit(t, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

/*
 * A place no further than a conditional jump can go: @target itself, or a copy of its return or a
 * jump to it.
 */
static uint32_t within_reach(struct tree *t, uint32_t target)
{
	const struct sock_filter *f = &t->insn[target - 1];

	if (t->n - target <= 254)
		return target;
	if (f->code == (BPF_RET | BPF_K))
		return emit_return(t, f->k);
	return emit(t, BPF_JMP | BPF_JA, t->n - target, 0, 0);
}

/* Returns the place of the jump. */
static uint32_t emit_jump(struct tree *t, uint16_t op, uint32_t k, uint32_t yes, uint32_t no)
{
	if (t->full)
		return t->n;
	yes = within_reach(t, yes);
	no = within_reach(t, no);
	yes = within_reach(t, yes); /* the line above may have moved it one further off */
	return emit(t, BPF_JMP | op | BPF_K, k, (uint8_t)(t->n - yes), (uint8_t)(t->n - no));
}

/* ---- Conditions on arguments */

/* The whole argument @i is to be compared: its high half must be 0 (32 bit machines have none). */
static uint32_t emit_load_whole(struct tree *t, unsigned int i, uint32_t other)
{
	uint32_t next = emit_load(t, ARG_LOW(i));

	if (!(t->p->arch & __AUDIT_ARCH_64BIT))
		return next;
	emit_jump(t, BPF_JEQ, 0, next, other);
	return emit_load(t, ARG_HIGH(i));
}

static uint32_t emit_check_family(struct tree *t, uint32_t allow)
{
	const struct policy *p = t->p;
	uint32_t refuse = emit_return(t, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
	uint32_t next = refuse;

	for (unsigned int i = p->n_families; i-- > 0;) {
		uint32_t yes = allow;

		if (p->family[i] == AF_NETLINK) {
			/*
			 * NETLINK_ROUTE is protocol 0; the others carry device events, audit and
			 * the like.
			 */
			uint32_t other = emit_return(t, SECCOMP_RET_ERRNO | EPROTONOSUPPORT);

			emit_jump(t, BPF_JEQ, 0, allow, other);
			yes = emit_load_whole(t, 2, other);
		}
		next = emit_jump(t, BPF_JEQ, p->family[i], yes, next);
	}
	return emit_load_whole(t, 0, refuse);
}

static uint32_t emit_check(struct tree *t, const struct check *c, uint32_t allow, uint32_t deny)
{
	uint32_t next;

	switch (c->kind) {
	case CHECK_VALUES:
		next = deny;
		for (unsigned int i = 0; i < c->n; i++)
			next = emit_jump(t, BPF_JEQ, c->value[i], allow, next);
		return emit_load_whole(t, c->arg, deny);
	case CHECK_NOT_LOW:
		next = allow;
		for (unsigned int i = 0; i < c->n; i++)
			next = emit_jump(t, BPF_JEQ, c->value[i], deny, next);
		return emit_load(t, ARG_LOW(c->arg));
	case CHECK_NO_BITS:
		emit_jump(t, BPF_JSET, c->value[0], deny, allow);
		return emit_load(t, ARG_LOW(c->arg));
	case CHECK_FAMILY:
		return emit_check_family(t, allow);
	}
	return deny;
}

/* ---- Ranges */

static unsigned int outcome_index(struct tree *t, const struct check *check, uint32_t action)
{
	for (unsigned int i = 0; i < t->n_outcomes; i++) {
		const struct outcome *o = &t->outcome[i];

		/* socket and socketpair have the same condition: one code for both. */
		if (o->action == action &&
		    (o->check == check || (check && o->check && check->kind == CHECK_FAMILY &&
					   o->check->kind == CHECK_FAMILY)))
			return i;
	}
	if (t->n_outcomes == TARGETS_MAX)
		abort(); /* more conditions than the table in seccomp_policy.c has */
	t->outcome[t->n_outcomes] = (struct outcome){ check, action };
	return t->n_outcomes++;
}

static void add_range(struct tree *t, uint32_t first, unsigned int outcome)
{
	struct range *last = t->n_ranges ? &t->range[t->n_ranges - 1] : NULL;

	if (last && last->first == first)
		last->outcome = outcome;
	else if (!last || last->outcome != outcome)
		t->range[t->n_ranges++] = (struct range){ first, outcome };
	/* What was overwritten may now be the same as the one before it. */
	if (t->n_ranges > 1 &&
	    t->range[t->n_ranges - 2].outcome == t->range[t->n_ranges - 1].outcome)
		t->n_ranges--;
}

static void make_ranges(struct tree *t)
{
	const struct calls *allow = &t->p->allow, *absent = &t->p->absent;
	unsigned int deny = outcome_index(t, NULL, t->p->deny), i = 0, k = 0;

	add_range(t, 0, deny);
	while (i < allow->n || k < absent->n) {
		uint32_t nr, which;

		if (k == absent->n || (i < allow->n && allow->call[i].nr < absent->call[k].nr)) {
			nr = (uint32_t)allow->call[i].nr;
			which = outcome_index(t, policy_check(allow->call[i++].name),
					      SECCOMP_RET_ALLOW);
		} else {
			nr = (uint32_t)absent->call[k++].nr;
			which = outcome_index(t, NULL, SECCOMP_RET_ERRNO | ENOSYS);
		}
		add_range(t, nr, which);
		add_range(t, nr + 1, deny);
	}
}

/* ---- The search: the cheapest tree over ranges from..to, by dynamic programming */

static uint32_t width(const struct tree *t, unsigned int from, unsigned int to)
{
	uint32_t end = to + 1 < t->n_ranges && t->range[to + 1].first < NUMBERS
			       ? t->range[to + 1].first
			       : NUMBERS;

	return t->range[from].first < end ? end - t->range[from].first : 0;
}

static uint32_t *cost_of(const struct tree *t, unsigned int from, unsigned int to)
{
	return &t->cost[from * t->n_ranges + to];
}

/*
 * Three ranges of which the middle one is a single number and the others agree: one test for
 * equality.
 */
static bool is_equal_test(const struct tree *t, unsigned int from, unsigned int to)
{
	return to == from + 2 && t->range[from].outcome == t->range[to].outcome &&
	       t->range[from + 1].first + 1 == t->range[to].first;
}

static void find_splits(struct tree *t)
{
	for (unsigned int len = 2; len <= t->n_ranges; len++) {
		for (unsigned int from = 0; from + len <= t->n_ranges; from++) {
			unsigned int to = from + len - 1;
			uint32_t best = UINT32_MAX, own = INSN_WEIGHT + width(t, from, to);
			uint16_t at = SPLIT_EQUAL;

			for (unsigned int k = from + 1; k <= to && !is_equal_test(t, from, to);
			     k++) {
				uint32_t c = *cost_of(t, from, k - 1) + *cost_of(t, k, to);

				if (c < best) {
					best = c;
					at = (uint16_t)k;
				}
			}
			*cost_of(t, from, to) = own + (at == SPLIT_EQUAL ? 0 : best);
			t->split[from * t->n_ranges + to] = at;
		}
	}
}

/* Returns the place where the search over ranges from..to begins. */
static uint32_t emit_search(struct tree *t, unsigned int from, unsigned int to)
{
	unsigned int k = t->split[from * t->n_ranges + to];
	uint32_t right, left;

	if (from == to)
		return t->at[t->range[from].outcome];
	if (k == SPLIT_EQUAL)
		return emit_jump(t, BPF_JEQ, t->range[from + 1].first,
				 t->at[t->range[from + 1].outcome], t->at[t->range[from].outcome]);
	right = emit_search(t, k, to);
	left = emit_search(t, from, k - 1);
	return emit_jump(t, BPF_JGE, t->range[k].first, right, left);
}

static void emit_all(struct tree *t)
{
	uint32_t kill, start, deny, allow;

	kill = emit_return(t, SECCOMP_RET_KILL_PROCESS);
	deny = t->p->deny == SECCOMP_RET_KILL_PROCESS ? kill : emit_return(t, t->p->deny);
	allow = emit_return(t, SECCOMP_RET_ALLOW);
	for (unsigned int i = 0; i < t->n_outcomes; i++) {
		const struct outcome *o = &t->outcome[i];

		if (o->check)
			t->at[i] = emit_check(t, o->check, allow, deny);
		else if (o->action == SECCOMP_RET_ALLOW)
			t->at[i] = allow;
		else
			t->at[i] = o->action == t->p->deny ? deny : emit_return(t, o->action);
	}
	start = emit_search(t, 0, t->n_ranges - 1);
	if (t->p->arch == AUDIT_ARCH_X86_64) {
		/*
		 * x32 is the same machine to the kernel. -1 is not of it: a debugger's sign for
		 * "skip this call".
		 */
		uint32_t x32 = emit_jump(t, BPF_JEQ, UINT32_MAX, deny, kill);

		start = emit_jump(t, BPF_JGE, X32_BIT, x32, start);
	}
	if (start != t->n)
		emit(t, BPF_JMP | BPF_JA, t->n - start, 0, 0);
	start = emit_load(t, offsetof(struct seccomp_data, nr));
	emit_jump(t, BPF_JEQ, t->p->arch, start, kill);
	emit_load(t, offsetof(struct seccomp_data, arch));
}

static int tree_build(struct tree *t, struct program *out, struct err *e)
{
	make_ranges(t);
	t->cost = gen_alloc((size_t)t->n_ranges * t->n_ranges, sizeof(*t->cost));
	t->split = gen_alloc((size_t)t->n_ranges * t->n_ranges, sizeof(*t->split));
	find_splits(t);
	emit_all(t);
	if (t->full || t->n > FILTER_MAX)
		return err_set(e, E2BIG, "filter: %u instructions, at most %d: allow fewer calls",
			       t->n, FILTER_MAX);
	for (uint32_t i = 0; i < t->n; i++)
		out->insn[i] = t->insn[t->n - 1 - i];
	out->n = t->n;
	return 0;
}

int tree_make(struct program *out, const struct policy *p, struct err *e)
{
	struct tree *t = gen_alloc(1, sizeof(*t));
	int r;

	t->p = p;
	r = tree_build(t, out, e);
	free(t->cost);
	free(t->split);
	free(t);
	return r;
}
