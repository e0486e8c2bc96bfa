/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "gen/seccomp.h"

#define NESTING_MAX 8

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

int groups_word(const char *text, size_t len, size_t *at, unsigned int *line, char word[WORD_MAX])
{
	size_t i = *at, n = 0;

	while (i < len && (is_blank(text[i]) || text[i] == '#')) {
		if (text[i] == '#')
			while (i < len && text[i] != '\n')
				i++;
		if (i < len && text[i++] == '\n')
			(*line)++;
	}
	while (i < len && !is_blank(text[i]) && n < WORD_MAX)
		word[n++] = text[i++];
	*at = i;
	if (n == WORD_MAX)
		return -ENAMETOOLONG;
	word[n] = '\0';
	return (int)n;
}

bool groups_add_dir(struct groups *g, const char *dir)
{
	if (g->n_dirs == PROFILE_DIRS_MAX)
		return false;
	g->dir[g->n_dirs++] = dir;
	return true;
}

const struct group *groups_find(const struct groups *g, const char *name)
{
	for (unsigned int i = 0; i < g->n; i++)
		if (strcmp(g->group[i].name, name) == 0)
			return &g->group[i];
	return NULL;
}

static int each_nested(const struct groups *g, const struct group *group, unsigned int depth,
		       int (*fn)(void *, const char *), void *ctx)
{
	char word[WORD_MAX];
	unsigned int line = 0;
	size_t at = group->from;
	int r = 0;

	while (r == 0 && groups_word(g->text, group->to, &at, &line, word) > 0) {
		if (word[0] != '@')
			r = fn(ctx, word);
		else if (depth == NESTING_MAX)
			r = -ELOOP;
		else
			r = each_nested(g, groups_find(g, word), depth + 1, fn, ctx);
	}
	return r;
}

int groups_each(const struct groups *g, const char *name, int (*fn)(void *, const char *),
		void *ctx)
{
	return each_nested(g, groups_find(g, name), 0, fn, ctx);
}

static int add_group(struct groups *g, const char *word, unsigned int line, size_t at,
		     struct err *e)
{
	struct group *group = &g->group[g->n];
	size_t n = strlen(word);

	if (g->n == GROUPS_MAX)
		return err_set(e, EINVAL, "%s:%u: more than %d groups", g->file, line, GROUPS_MAX);
	if (n < 4 || word[1] != '@' || word[n - 1] != ']' || n - 2 >= sizeof(group->name))
		return err_set(e, EINVAL, "%s:%u: wanted [@name] with a short name, found %s",
			       g->file, line, word);
	memcpy(group->name, word + 1, n - 2);
	group->name[n - 2] = '\0';
	if (groups_find(g, group->name))
		return err_set(e, EINVAL, "%s:%u: group %s is there twice", g->file, line,
			       group->name);
	group->from = group->to = at;
	g->n++;
	return 0;
}

/* Headers first, because a group may name one that comes later. */
static int find_groups(struct groups *g, size_t len, struct err *e)
{
	char word[WORD_MAX];
	unsigned int line = 1;
	size_t at = 0;
	int n, r = 0;

	while (r == 0 && (n = groups_word(g->text, len, &at, &line, word)) != 0) {
		if (n < 0)
			return err_set(e, EINVAL, "%s:%u: a word longer than %d", g->file, line,
				       WORD_MAX - 1);
		if (word[0] == '[')
			r = add_group(g, word, line, at, e);
		else if (g->n == 0)
			return err_set(e, EINVAL, "%s:%u: wanted [@name] first, found %s", g->file,
				       line, word);
		else
			g->group[g->n - 1].to = at;
	}
	return r;
}

bool groups_alternative(const char **word, char name[WORD_MAX])
{
	size_t n = strcspn(*word, "|");

	if (**word == '\0' || n >= WORD_MAX)
		return false;
	memcpy(name, *word, n);
	name[n] = '\0';
	*word += n + ((*word)[n] == '|');
	return true;
}

static int check_word(const struct groups *g, const char *word, unsigned int line, struct err *e)
{
	char name[WORD_MAX];
	const char *near;

	if (word[0] == '[')
		return 0;
	if (word[0] == '@') {
		if (groups_find(g, word))
			return 0;
		return err_set(e, EINVAL, "%s:%u: there is no group %s", g->file, line, word);
	}
	while (groups_alternative(&word, name)) {
		if (seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR &&
		    strlen(name) < CALL_NAME_MAX)
			continue;
		near = policy_suggest(name);
		return err_set(e, EINVAL,
			       "%s:%u: libseccomp knows no system call %s on any machine%s%s",
			       g->file, line, name, near ? "; did you mean " : "",
			       near ? near : "");
	}
	return 0;
}

static int ignore_call(void *ctx, const char *call)
{
	(void)ctx;
	(void)call;
	return 0;
}

int groups_parse(struct groups *g, const char *file, const char *text, size_t len, struct err *e)
{
	char word[WORD_MAX];
	unsigned int line = 1;
	size_t at = 0;
	int r;

	g->n = 0;
	g->file = file;
	if (len >= sizeof(g->text))
		return err_set(e, EINVAL, "%s: longer than %zu bytes", file, sizeof(g->text) - 1);
	memcpy(g->text, text, len);
	r = find_groups(g, len, e);
	while (r == 0 && groups_word(g->text, len, &at, &line, word) > 0)
		r = check_word(g, word, line, e);
	for (unsigned int i = 0; r == 0 && i < g->n; i++)
		if (groups_each(g, g->group[i].name, ignore_call, NULL) != 0)
			r = err_set(e, EINVAL,
				    "%s: group %s holds itself, or is nested deeper than %d", file,
				    g->group[i].name, NESTING_MAX);
	return r;
}
