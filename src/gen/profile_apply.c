/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "gen/profile.h"

struct applying {
	struct policy *p;
	const char *file;
	struct strbuf left_out;
	struct err *e;
};

static bool passes(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static void leave_out(struct applying *a, const char *call, const char *why)
{
	strbuf_addf(&a->left_out, "%s%s%s", a->left_out.len ? " " : "", call, why);
}

/*
 * The number of @call on this machine; -1: the rule is left out. Returns 0, or -EINVAL for a call
 * that is nowhere known and that the profile wants to refuse: it would not be refused.
 */
static int find_number(struct applying *a, const char *call, uint32_t action, int *nr)
{
	const char *near;

	*nr = seccomp_syscall_resolve_name_arch(a->p->arch, call);
	if (*nr >= 0)
		return 0;
	if (*nr != __NR_SCMP_ERROR || passes(action)) {
		*nr = -1;
		leave_out(a, call, "");
		return 0;
	}
	near = policy_suggest(call);
	return err_set(a->e, EINVAL, "%s: %s: no such system call, so it cannot be refused%s%s",
		       a->file, call, near ? "; did you mean " : "", near ? near : "");
}

/* ---- The rules of one call */

struct ruling {
	const char *call;
	bool always; /* a rule without conditions said @action */
	uint32_t action;
	struct chain chain;
};

static bool same_tests(const struct rule *a, const struct rule *b)
{
	return a->n == b->n && memcmp(a->test, b->test, a->n * sizeof(a->test[0])) == 0;
}

static int contradiction(const struct applying *a, const char *call)
{
	return err_set(a->e, EINVAL,
		       "%s: %s: two rules with the same conditions say different things", a->file,
		       call);
}

/* The stricter ones stand first, as if each were a filter of its own. */
static int add_rule(struct applying *a, struct ruling *r, const struct rule *rule)
{
	struct chain *c = &r->chain;
	unsigned int i;

	for (i = 0; i < c->n; i++)
		if (same_tests(&c->rule[i], rule))
			return c->rule[i].action == rule->action ? 0 : contradiction(a, r->call);
	if (c->n == CHAIN_MAX)
		return err_set(a->e, EINVAL, "%s: %s: at most %d rules for one call", a->file,
			       r->call, CHAIN_MAX);
	for (i = c->n++; i > 0 && c->rule[i - 1].action != rule->action &&
			 program_stricter(c->rule[i - 1].action, rule->action) == rule->action;
	     i--)
		c->rule[i] = c->rule[i - 1];
	c->rule[i] = *rule;
	return 0;
}

static int read_entry(struct applying *a, struct ruling *r, const struct rule *rule)
{
	if (rule->action == a->p->deny)
		return 0; /* as without it; libseccomp does not even take it */
	if (rule->n)
		return add_rule(a, r, rule);
	/* The first one holds, as libseccomp has it; Debian's own profile has such calls. */
	if (r->always && r->action != rule->action)
		leave_out(a, r->call, "(again)");
	if (!r->always)
		r->action = rule->action;
	r->always = true;
	return 0;
}

/*
 * A rule without conditions leaves nothing to the others, in libseccomp as in container runtimes:
 * what is meant to be refused then would not be, and nobody would see it.
 */
static int check_useless(struct applying *a, struct ruling *r)
{
	if (!r->always)
		return 0;
	for (unsigned int i = 0; i < r->chain.n; i++)
		if (passes(r->action) && !passes(r->chain.rule[i].action))
			return err_set(
				a->e, EINVAL,
				"%s: %s: a rule without conditions lets it pass, so one that "
				"refuses some of it would have no effect",
				a->file, r->call);
	r->chain.n = 0;
	return 0;
}

/* Put it into the set where it belongs: whatever may pass has to pass the walls too. */
static int store(struct applying *a, const struct ruling *r, int nr)
{
	struct policy *p = a->p;
	uint32_t action = r->always ? r->action : p->deny;
	bool pass = passes(action);
	struct call *c;

	if (!r->always && r->chain.n == 0)
		return 0;
	if (calls_find(&p->allow, nr) >= 0 || calls_find(&p->absent, nr) >= 0)
		return contradiction(a, r->call); /* by another name */
	for (unsigned int i = 0; i < r->chain.n; i++)
		pass |= passes(r->chain.rule[i].action);
	if (p->n_rules + r->chain.n > RULES_MAX)
		return err_set(a->e, EINVAL, "%s: at most %d rules with conditions", a->file,
			       RULES_MAX);
	c = calls_add(pass ? &p->allow : &p->absent, r->call, nr, action);
	c->rule = (uint16_t)p->n_rules;
	c->n_rules = (uint16_t)r->chain.n;
	memcpy(&p->rule[p->n_rules], r->chain.rule, r->chain.n * sizeof(r->chain.rule[0]));
	p->n_rules += r->chain.n;
	return 0;
}

static int apply_call(struct applying *a, const struct profile *profile, unsigned int first, int nr)
{
	static struct ruling r;
	int rc = 0;

	memset(&r, 0, sizeof(r));
	r.call = profile->entry[first].call;
	for (unsigned int i = first; rc == 0 && i < profile->n; i++)
		if (strcmp(profile->entry[i].call, r.call) == 0)
			rc = read_entry(a, &r, &profile->entry[i].rule);
	if (rc == 0)
		rc = check_useless(a, &r);
	return rc < 0 ? rc : store(a, &r, nr);
}

/* ---- All calls */

static bool was_before(const struct profile *profile, unsigned int i)
{
	for (unsigned int k = 0; k < i; k++)
		if (strcmp(profile->entry[k].call, profile->entry[i].call) == 0)
			return true;
	return false;
}

/* A profile that allows what it does not name allows that only as far as the walls do. */
static void add_unnamed(struct policy *p)
{
	for (int nr = 0; passes(p->deny) && nr < NR_PROBE_MAX; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(p->arch, nr);

		if (name && strlen(name) < CALL_NAME_MAX && calls_find(&p->allow, nr) < 0 &&
		    calls_find(&p->absent, nr) < 0)
			calls_add(&p->allow, name, nr, p->deny);
		free(name);
	}
}

/* What no row can have, the profile cannot give. */
static void take_never(struct applying *a, const struct calls *never)
{
	struct policy *p = a->p;

	for (unsigned int i = 0; i < never->n; i++) {
		const struct call *c = &never->call[i];

		if (calls_find(&p->allow, c->nr) < 0)
			continue;
		calls_remove(&p->allow, c->nr);
		calls_add(&p->absent, c->name, c->nr, p->refuse);
		leave_out(a, c->name, "(@never)");
	}
}

int profile_apply(const struct profile *profile, struct policy *p, const char *file,
		  const struct calls *never, struct err *e)
{
	struct applying a = { .p = p, .file = file, .e = e };
	int rc = 0, nr;

	strbuf_init(&a.left_out, p->left_out, sizeof(p->left_out));
	p->deny = profile->action;
	p->refuse = SECCOMP_RET_ERRNO | EPERM;
	for (unsigned int i = 0; rc == 0 && i < profile->n; i++) {
		rc = find_number(&a, profile->entry[i].call, profile->entry[i].rule.action, &nr);
		if (rc == 0 && nr >= 0 && !was_before(profile, i))
			rc = apply_call(&a, profile, i, nr);
	}
	if (rc < 0)
		return rc;
	add_unnamed(p);
	take_never(&a, never);
	return 0;
}
