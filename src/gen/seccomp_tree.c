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

#include "gen/file.h"
#include "gen/seccomp.h"

#define X32_BIT	    0x40000000u
#define RANGES_MAX  (2 * CALLS_MAX * 2 + 1)
#define TARGETS_MAX 96
#define NUMBERS	    512 /* the kernel tries about so many numbers when it loads a filter */
#define INSN_WEIGHT                                                                                \
	32 /* one instruction more costs as much as this many steps on the paths of those */

#define ARG_LOW(i)  ((uint32_t)(offsetof(struct seccomp_data, args) + 8 * (i)))
#define ARG_HIGH(i) (ARG_LOW(i) + 4) /* all our machines are little-endian */

/* What happens to a range of numbers: the policy, and where that allows, the walls. */
struct outcome {
	struct chain base, wall;
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
	uint32_t kill, deny, allow; /* returns, to be shared */
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

static bool is_wide(const struct tree *t)
{
	return t->p->arch & __AUDIT_ARCH_64BIT;
}

/* The 32 bits at @offset: are those of @mask equal to @value? */
static uint32_t emit_half(struct tree *t, uint32_t offset, uint32_t mask, uint32_t value,
			  uint32_t yes, uint32_t no)
{
	if (mask == 0)
		return value ? no : yes;
	if (mask != UINT32_MAX && value == 0)
		emit_jump(t, BPF_JSET, mask, no, yes);
	else if (mask == value && (mask & (mask - 1)) == 0)
		emit_jump(t, BPF_JSET, mask, yes, no);
	else
		emit_jump(t, BPF_JEQ, value, yes, no);
	if (mask != UINT32_MAX && value != 0 && !(mask == value && (mask & (mask - 1)) == 0))
		emit(t, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	return emit_load(t, offset);
}

/* 32 bit machines have no high halves. */
static uint32_t emit_equal(struct tree *t, const struct test *c, uint32_t yes, uint32_t no)
{
	uint32_t low =
		emit_half(t, ARG_LOW(c->arg), (uint32_t)c->mask, (uint32_t)c->value, yes, no);

	if (!is_wide(t))
		return low;
	return emit_half(t, ARG_HIGH(c->arg), (uint32_t)(c->mask >> 32), (uint32_t)(c->value >> 32),
			 low, no);
}

/* Above the value, or (BPF_JGE) not below it. */
static uint32_t emit_above(struct tree *t, const struct test *c, uint16_t op, uint32_t yes,
			   uint32_t no)
{
	uint32_t low, high = (uint32_t)(c->value >> 32);

	emit_jump(t, op, (uint32_t)c->value, yes, no);
	low = emit_load(t, ARG_LOW(c->arg));
	if (!is_wide(t))
		return low;
	low = emit_jump(t, BPF_JEQ, high, low, no);
	emit_jump(t, BPF_JGT, high, yes, low);
	return emit_load(t, ARG_HIGH(c->arg));
}

static uint32_t emit_test(struct tree *t, const struct test *c, uint32_t yes, uint32_t no)
{
	switch ((enum test_op)c->op) {
	case TEST_EQ:
		return emit_equal(t, c, yes, no);
	case TEST_NE:
		return emit_equal(t, c, no, yes);
	case TEST_GT:
		return emit_above(t, c, BPF_JGT, yes, no);
	case TEST_LE:
		return emit_above(t, c, BPF_JGT, no, yes);
	case TEST_GE:
		return emit_above(t, c, BPF_JGE, yes, no);
	case TEST_LT:
		return emit_above(t, c, BPF_JGE, no, yes);
	}
	return no;
}

/* Does the rule begin with "argument @arg, as a whole, is a number of 32 bits"? */
static bool begins_with_value(const struct rule *r, const struct rule *first)
{
	return r->n && r->test[0].op == TEST_EQ && r->test[0].mask == UINT64_MAX &&
	       r->test[0].value <= UINT32_MAX && r->test[0].arg == first->test[0].arg;
}

/* The rest of rule @r from test @from on, or @next. */
static uint32_t emit_rest(struct tree *t, const struct rule *r, unsigned int from, uint32_t yes,
			  uint32_t next)
{
	for (unsigned int i = r->n; i-- > from;)
		yes = emit_test(t, &r->test[i], yes, next);
	return yes;
}

/* Is it the first rule of @r that asks for its value? */
static bool is_first(const struct rule *r, unsigned int i)
{
	for (unsigned int k = 0; k < i; k++)
		if (r[k].test[0].value == r[i].test[0].value)
			return false;
	return true;
}

/*
 * @n rules that begin with a value of the same argument: it is loaded once. What none takes goes to
 * @next.
 */
static uint32_t emit_values(struct tree *t, const struct rule *r, const uint32_t *then,
			    unsigned int n, uint32_t next)
{
	uint32_t at = next;

	for (unsigned int i = n; i-- > 0;) {
		uint32_t yes = next;

		if (!is_first(r, i))
			continue;
		for (unsigned int k = n; k-- > i;)
			if (r[k].test[0].value == r[i].test[0].value)
				yes = emit_rest(t, &r[k], 1, then[k], yes);
		at = emit_jump(t, BPF_JEQ, (uint32_t)r[i].test[0].value, yes, at);
	}
	at = emit_load(t, ARG_LOW(r->test[0].arg));
	if (!is_wide(t))
		return at;
	emit_jump(t, BPF_JEQ, 0, at, next);
	return emit_load(t, ARG_HIGH(r->test[0].arg));
}

/* Where a chain leads to that lets the call pass, or does so and logs it. */
struct pass {
	uint32_t allow, log;
};

static uint32_t emit_action(struct tree *t, uint32_t action, const struct pass *pass)
{
	if (action == SECCOMP_RET_ALLOW)
		return pass->allow;
	if (action == SECCOMP_RET_LOG)
		return pass->log;
	if (action == SECCOMP_RET_KILL_PROCESS)
		return t->kill;
	return action == t->p->deny ? t->deny : emit_return(t, action);
}

/* The place where the chain begins. */
static uint32_t emit_chain(struct tree *t, const struct chain *c, const struct pass *pass)
{
	uint32_t then[CHAIN_MAX], next = emit_action(t, c->otherwise, pass);

	for (unsigned int i = 0; i < c->n; i++)
		then[i] = emit_action(t, c->rule[i].action, pass);
	for (unsigned int end = c->n, from; end > 0; end = from) {
		const struct rule *first;

		from = end - 1;
		first = &c->rule[from];
		while (from > 0 && begins_with_value(first, first) &&
		       begins_with_value(&c->rule[from - 1], first))
			from--;
		if (begins_with_value(first, first))
			next = emit_values(t, &c->rule[from], &then[from], end - from, next);
		else
			next = emit_rest(t, first, 0, then[from], next);
	}
	return next;
}

static bool leads_to(const struct chain *c, uint32_t action)
{
	bool found = c->otherwise == action;

	for (unsigned int i = 0; i < c->n; i++)
		found |= c->rule[i].action == action;
	return found;
}

/* What the policy lets pass still has to pass the walls. */
static uint32_t emit_outcome(struct tree *t, const struct outcome *o)
{
	struct pass last = { t->allow, t->allow }, walls = { t->allow, t->allow };

	if (leads_to(&o->base, SECCOMP_RET_ALLOW))
		walls.allow = emit_chain(t, &o->wall, &last);
	if (leads_to(&o->base, SECCOMP_RET_LOG)) {
		last.allow = emit_return(t, SECCOMP_RET_LOG);
		walls.log = emit_chain(t, &o->wall, &last);
	}
	return emit_chain(t, &o->base, &walls);
}

/* ---- Ranges */

static unsigned int outcome_index(struct tree *t, const struct outcome *o)
{
	for (unsigned int i = 0; i < t->n_outcomes; i++)
		if (chain_equal(&t->outcome[i].base, &o->base) &&
		    chain_equal(&t->outcome[i].wall, &o->wall))
			return i;
	if (t->n_outcomes == TARGETS_MAX) {
		t->full = true;
		return 0;
	}
	t->outcome[t->n_outcomes] = *o;
	return t->n_outcomes++;
}

static unsigned int plain_outcome(struct tree *t, uint32_t action)
{
	static struct outcome o; /* zeroed */

	o.base.otherwise = action;
	o.wall.otherwise = SECCOMP_RET_ALLOW;
	return outcome_index(t, &o);
}

static unsigned int call_outcome(struct tree *t, const struct call *call)
{
	static struct outcome o;

	base_chain(&o.base, t->p, call);
	wall_chain(&o.wall, t->p, call->name);
	return outcome_index(t, &o);
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
	unsigned int deny = plain_outcome(t, t->p->deny), i = 0, k = 0;

	add_range(t, 0, deny);
	while (i < allow->n || k < absent->n) {
		const struct call *call;

		if (k == absent->n || (i < allow->n && allow->call[i].nr < absent->call[k].nr))
			call = &allow->call[i++];
		else
			call = &absent->call[k++];
		add_range(t, (uint32_t)call->nr, call_outcome(t, call));
		add_range(t, (uint32_t)call->nr + 1, deny);
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
	uint32_t start;

	t->kill = emit_return(t, SECCOMP_RET_KILL_PROCESS);
	t->deny = t->p->deny == SECCOMP_RET_KILL_PROCESS ? t->kill : emit_return(t, t->p->deny);
	t->allow = t->p->deny == SECCOMP_RET_ALLOW ? t->deny : emit_return(t, SECCOMP_RET_ALLOW);
	for (unsigned int i = 0; i < t->n_outcomes; i++)
		t->at[i] = emit_outcome(t, &t->outcome[i]);
	start = emit_search(t, 0, t->n_ranges - 1);
	if (t->p->arch == AUDIT_ARCH_X86_64) {
		/*
		 * x32 is the same machine to the kernel. -1 is not of it: a debugger's sign for
		 * "skip this call".
		 */
		uint32_t x32 = emit_jump(t, BPF_JEQ, UINT32_MAX, t->deny, t->kill);

		start = emit_jump(t, BPF_JGE, X32_BIT, x32, start);
	}
	if (start != t->n)
		emit(t, BPF_JMP | BPF_JA, t->n - start, 0, 0);
	start = emit_load(t, offsetof(struct seccomp_data, nr));
	emit_jump(t, BPF_JEQ, t->p->arch, start, t->kill);
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
