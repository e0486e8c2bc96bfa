/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "conf/names.h"
#include "gen/file.h"
#include "gen/profile.h"
#include "gen/seccomp.h"

uint32_t policy_arch(const char *name)
{
	if (strcmp(name, "x86_64") == 0)
		return SCMP_ARCH_X86_64;
	if (strcmp(name, "aarch64") == 0)
		return SCMP_ARCH_AARCH64;
	if (strcmp(name, "armv7") == 0)
		return SCMP_ARCH_ARM;
	return 0;
}

/* ---- Near misses */

static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[WORD_MAX + 1], la = (unsigned int)strlen(a), lb = (unsigned int)strlen(b);

	if (la >= WORD_MAX || lb >= WORD_MAX)
		return WORD_MAX;
	for (unsigned int j = 0; j <= lb; j++)
		row[j] = j;
	for (unsigned int i = 1; i <= la; i++) {
		unsigned int diagonal = row[0];

		row[0] = i;
		for (unsigned int j = 1; j <= lb; j++) {
			unsigned int old = row[j], best = diagonal + (a[i - 1] != b[j - 1]);

			if (old + 1 < best)
				best = old + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = old;
		}
	}
	return row[lb];
}

const char *policy_suggest(const char *word)
{
	static const uint32_t arches[] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM };
	static char best[CALL_NAME_MAX];
	unsigned int best_distance = strlen(word) < 4 ? 2 : 3; /* further away is no help */

	best[0] = '\0';
	for (size_t a = 0; a < sizeof(arches) / sizeof(arches[0]); a++) {
		for (int nr = 0; nr < NR_PROBE_MAX; nr++) {
			char *name = seccomp_syscall_resolve_num_arch(arches[a], nr);
			unsigned int d = name ? distance(word, name) : WORD_MAX;

			if (name && d < best_distance && strlen(name) < sizeof(best)) {
				best_distance = d;
				snprintf(best, sizeof(best), "%s", name);
			}
			free(name);
		}
	}
	return best[0] ? best : NULL;
}

/* ---- From words to a policy */

struct adding {
	struct policy *p;
	struct calls *set;
	uint32_t action;
	bool away;
};

/*
 * "link|linkat": the first of them that the machine has. None: it has no such call, and none is
 * added.
 */
static int add_from_group(void *ctx, const char *calls)
{
	struct adding *a = ctx;
	char name[WORD_MAX];
	int nr = -1;

	while (nr < 0 && groups_alternative(&calls, name))
		nr = seccomp_syscall_resolve_name_arch(a->p->arch, name);
	if (nr < 0)
		return 0;
	if (a->away)
		calls_remove(a->set, nr);
	else
		calls_add(a->set, name, nr, a->action);
	return 0;
}

static int word_wrong(const char *word, const struct placer *where, struct err *e, const char *what)
{
	struct word_place at = where->find(where->ctx, word);

	return err_set(e, EINVAL, "%s:%u: %s%s: %s", at.file, at.line, at.what, word, what);
}

/*
 * A call that the row names itself (or a|b). Nobody would see that it has no effect, so it must
 * have one.
 */
static int add_call(struct adding *a, const char *calls, const char *word,
		    const struct placer *where, struct err *e)
{
	const char *rest = calls, *near;
	char name[WORD_MAX], text[96];
	bool here = false;

	while (groups_alternative(&rest, name)) {
		int nr = seccomp_syscall_resolve_name_arch(a->p->arch, name);

		here |= nr >= 0;
		if (nr != __NR_SCMP_ERROR && strlen(name) < CALL_NAME_MAX)
			continue;
		near = policy_suggest(name);
		snprintf(text, sizeof(text), "no such system call%s%s",
			 near ? "; did you mean " : "", near ? near : "");
		return word_wrong(word, where, e, text);
	}
	if (!here && !a->away)
		return word_wrong(word, where, e,
				  "this machine has no such system call (name one that it has "
				  "too, as in link|linkat, or a group)");
	return add_from_group(a, calls);
}

static int add_word(struct policy *p, const struct groups *g, const char *word,
		    const struct placer *where, struct err *e)
{
	struct adding a = { p, &p->allow, SECCOMP_RET_ALLOW, word[0] == '~' };
	const char *name = word + a.away;

	if (name[0] != '@')
		return add_call(&a, name, word, where, e);
	if (groups_find(g, name))
		return groups_each(g, name, add_from_group, &a);
	return word_wrong(word, where, e,
			  "there is no such group; see board/common/seccomp/groups");
}

/* RestrictNamespaces= other than yes asks for these two, and says for which namespaces. */
static bool own_namespaces(const struct policy *p, const char *call)
{
	return p->namespaces != NAMESPACES_ALL &&
	       (strcmp(call, "unshare") == 0 || strcmp(call, "setns") == 0);
}

/* @never, less what RestrictNamespaces= gives. */
static int read_never(struct calls *never, const struct policy *p, const struct groups *g,
		      struct err *e)
{
	static struct policy whole; /* too large for the stack */
	struct adding a = { &whole, &whole.allow, SECCOMP_RET_ALLOW, false };

	if (!groups_find(g, "@never") || !groups_find(g, "@absent"))
		return err_set(e, EINVAL, "%s: wanted the groups @never and @absent", g->file);
	whole.arch = p->arch;
	whole.allow.n = 0;
	groups_each(g, "@never", add_from_group, &a);
	*never = whole.allow;
	for (unsigned int i = never->n; i-- > 0;)
		if (own_namespaces(p, never->call[i].name))
			calls_remove(never, never->call[i].nr);
	return 0;
}

/* What no row can have. */
static int check_never(const struct policy *p, const struct calls *never,
		       const struct placer *where, struct err *e)
{
	for (unsigned int i = 0; i < p->allow.n; i++)
		if (calls_find(never, p->allow.call[i].nr) >= 0)
			return word_wrong(
				p->allow.call[i].name, where, e,
				"no row can have this call (group @never): it would open the jail");
	return 0;
}

/* What must be there for exec to come to pass. */
static int check_needed(const struct policy *p, const struct placer *where, struct err *e)
{
	static const char *const needed[] = { "execve", "exit_group" };

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (calls_find(&p->allow, seccomp_syscall_resolve_name_arch(p->arch, needed[i])) <
		    0)
			return word_wrong(needed[i], where, e,
					  "is not allowed, so the program could not start");
	return 0;
}

static void add_absent(struct policy *p, const struct groups *g)
{
	struct adding a = { p, &p->absent, SECCOMP_RET_ERRNO | ENOSYS, false };

	if (p->deny == (SECCOMP_RET_ERRNO | ENOSYS))
		return; /* all that is not allowed is absent already */
	groups_each(g, "@absent", add_from_group, &a);
	for (unsigned int i = 0; i < p->allow.n; i++)
		calls_remove(&p->absent, p->allow.call[i].nr);
}

/* Calls that a wall of the row can only take away as a whole. */
static void take_blind(struct policy *p)
{
	for (unsigned int i = p->allow.n; i-- > 0;) {
		struct call c = p->allow.call[i];
		uint32_t action = wall_blind(p, c.name);

		if (action == SECCOMP_RET_ALLOW)
			continue;
		calls_remove(&p->allow, c.nr);
		if (action != p->deny)
			calls_add(&p->absent, c.name, c.nr, action);
	}
}

static void set_walls(struct policy *p, const struct service *s)
{
	p->namespaces = NAMESPACES_ALL & ~s->restrict_namespaces;
	p->walls = WALL_ALWAYS | (p->namespaces ? WALL_NAMESPACES : 0) |
		   (s->restrict_realtime ? WALL_REALTIME : 0) |
		   (s->lock_personality ? WALL_PERSONALITY : 0) | (s->deny_wx ? WALL_WX : 0) |
		   (s->restrict_sxid ? WALL_SXID : 0);
}

static int set_deny(struct policy *p, const char *text, const struct placer *where, struct err *e)
{
	if (strcmp(text, "kill") == 0) {
		p->deny = SECCOMP_RET_KILL_PROCESS;
		return 0;
	}
	for (int num = 1; num < 134; num++)
		if (strcmp(err_name(num), text) == 0) {
			p->deny = SECCOMP_RET_ERRNO | (uint32_t)num;
			return 0;
		}
	return word_wrong(text, where, e,
			  "SystemCallErrorNumber= wants the name of an errno, or kill");
}

static int add_family(struct policy *p, const char *word, const struct placer *where, struct err *e)
{
	int family = names_family_number(word);
	unsigned int i = p->n_families;

	if (family < 0)
		return word_wrong(word, where, e, "RestrictAddressFamilies= knows no such family");
	for (unsigned int k = 0; k < p->n_families; k++)
		if (p->family[k] == (uint32_t)family)
			return 0;
	if (i == FAMILIES_MAX)
		abort(); /* more than there are names of */
	for (; i > 0 && p->family[i - 1] > (uint32_t)family; i--)
		p->family[i] = p->family[i - 1];
	p->family[i] = (uint32_t)family;
	p->n_families++;
	return 0;
}

static int make_from_words(struct policy *p, const struct groups *g, const struct service *s,
			   const struct calls *never, const struct placer *where, struct err *e)
{
	int r = set_deny(p, service_str(s, s->syscall_error), where, e);

	p->refuse = p->deny;
	for (const char *word = NULL;
	     r == 0 && (word = service_list_next(s, s->syscall_filter, word));)
		r = add_word(p, g, word, where, e);
	if (r == 0)
		r = check_never(p, never, where, e);
	return r;
}

static int make_from_profile(struct policy *p, const struct groups *g, const struct service *s,
			     const struct calls *never, struct err *e)
{
	const struct profile_for whom = { p->arch, s->caps_bounding };
	const char *name = service_str(s, s->seccomp_profile);
	struct profile profile = { 0 };
	char path[512];
	char *text = NULL;
	size_t len;
	int r;

	for (unsigned int i = 0; !text && i < g->n_dirs; i++) {
		snprintf(path, sizeof(path), "%s/%s", g->dir[i], name);
		*e = ERR_NONE;
		text = file_read(path, &len, e);
		if (!text && e->num != ENOENT)
			return err_prefix(e, "SeccompProfile=%s: %s", name, path);
	}
	if (!text)
		return err_set(e, EINVAL,
			       "SeccompProfile=%s: wanted it in %s%s%s, found no such file", name,
			       g->n_dirs ? g->dir[0] : "a directory of profiles",
			       g->n_dirs > 1 ? " or " : "", g->n_dirs > 1 ? g->dir[1] : "");
	r = profile_parse(&profile, path, text, len, &whom, e);
	if (r == 0)
		r = profile_apply(&profile, p, path, never, e);
	profile_free(&profile);
	free(text);
	return r;
}

int policy_make(struct policy *p, uint32_t arch, const struct groups *g, const struct service *s,
		const struct placer *where, struct err *e)
{
	static struct calls never; /* too large for the stack */
	const char *word;
	int r;

	memset(p, 0, sizeof(*p));
	p->arch = arch;
	set_walls(p, s);
	r = read_never(&never, p, g, e);
	if (r == 0 && s->seccomp_profile)
		r = make_from_profile(p, g, s, &never, e);
	else if (r == 0)
		r = make_from_words(p, g, s, &never, where, e);
	for (word = NULL; r == 0 && (word = service_list_next(s, s->address_families, word));)
		if (strcmp(word, "none") != 0)
			r = add_family(p, word, where, e);
	if (r == 0)
		r = check_needed(p, where, e);
	if (r < 0)
		return r;
	if (!s->seccomp_profile)
		add_absent(p, g);
	take_blind(p);
	return 0;
}

static bool calls_equal(const struct calls *a, const struct calls *b)
{
	return a->n == b->n && memcmp(a->call, b->call, a->n * sizeof(a->call[0])) == 0;
}

bool policy_equal(const struct policy *a, const struct policy *b)
{
	return a->arch == b->arch && a->deny == b->deny && a->refuse == b->refuse &&
	       a->walls == b->walls && a->namespaces == b->namespaces &&
	       calls_equal(&a->allow, &b->allow) && calls_equal(&a->absent, &b->absent) &&
	       a->n_families == b->n_families &&
	       memcmp(a->family, b->family, a->n_families * sizeof(a->family[0])) == 0 &&
	       a->n_rules == b->n_rules &&
	       memcmp(a->rule, b->rule, a->n_rules * sizeof(a->rule[0])) == 0;
}
