/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "conf/value.h"

/* The types with several entries: lists of words, commands, sockets and devices. */

#define WORD_MAX   LINE_MAX_BYTES /* more than twice PATH_TEXT_MAX */
#define LINE_WIDTH 72		  /* lists that may have several lines are broken here */

uint16_t *value_text_list(void *field, unsigned int i)
{
	struct strlist *l = field;

	return i == 0 && l->n ? &l->off : NULL;
}

uint16_t *value_text_execs(void *field, unsigned int i)
{
	struct execs *x = field;

	return i < x->n ? &x->argv[i].off : NULL;
}

uint16_t *value_text_devices(void *field, unsigned int i)
{
	struct devices *d = field;

	return i < d->n ? &d->at[i].path : NULL;
}

static int refuse_more(unsigned int max, struct err *e)
{
	return err_set(e, EINVAL, "wanted at most %u entries, found more", max);
}

static int list_add(const struct target *t, struct strlist *l, const char *word, unsigned int max,
		    struct err *e)
{
	uint16_t off;
	int rc;

	if (l->n >= max)
		return refuse_more(max, e);
	rc = record_add_text(t->record, t->number, word, &off);
	if (rc)
		return rc;
	if (!l->n++)
		l->off = off;
	return 0;
}

/* The words of @text into the list; @fix (may be NULL) checks a word of WORD_MAX bytes and may
 * rewrite it. */
static int add_words(const struct target *t, const char *text, bool (*fix)(char *word),
		     unsigned int max, struct err *e)
{
	struct strlist *l = t->field;
	char word[WORD_MAX];
	int rc;

	while ((rc = str_word(&text, word, sizeof(word))) != -ENOENT) {
		if (rc < 0)
			return value_refuse(t->key, text, e);
		if (rc == 0 || (fix && !fix(word)))
			return value_refuse(t->key, word, e);
		rc = list_add(t, l, word, max, e);
		if (rc)
			return rc;
	}
	return 0;
}

static bool is_name(char *word)
{
	return value_is_name(word);
}

/* "SOURCE" becomes "SOURCE:SOURCE". */
static bool fix_bind(char *word)
{
	char *colon = strchr(word, ':');
	size_t n = strlen(word);
	bool ok;

	if (!colon) {
		if (!value_is_path(word))
			return false;
		word[n] = ':';
		memcpy(word + n + 1, word, n);
		word[2 * n + 1] = '\0';
		return true;
	}
	*colon = '\0';
	ok = value_is_path(word) && value_is_path(colon + 1) && !strchr(colon + 1, ':');
	*colon = ':';
	return ok;
}

static unsigned int list_max(const struct key *k)
{
	return k->type == VALUE_DEPENDS ? DEPENDS_MAX : LIST_MAX;
}

int value_parse_strs(const struct target *t, const char *text, struct err *e)
{
	return add_words(t, text, NULL, list_max(t->key), e);
}

int value_parse_names(const struct target *t, const char *text, struct err *e)
{
	return add_words(t, text, is_name, list_max(t->key), e);
}

int value_parse_binds(const struct target *t, const char *text, struct err *e)
{
	return add_words(t, text, fix_bind, list_max(t->key), e);
}

/* A command: any words, the first of them a program. */
static int parse_command(const struct target *t, struct strlist *l, const char *text, struct err *e)
{
	char word[WORD_MAX];
	int rc;

	while ((rc = str_word(&text, word, sizeof(word))) != -ENOENT) {
		if (rc < 0 || (!l->n && !str_starts(word, "jailinit:") && !value_is_path(word)))
			return value_refuse(t->key, rc < 0 ? text : word, e);
		rc = list_add(t, l, word, EXEC_ARGS_MAX, e);
		if (rc)
			return rc;
	}
	return 0;
}

int value_parse_exec(const struct target *t, const char *text, struct err *e)
{
	return parse_command(t, t->field, text, e);
}

int value_parse_execs(const struct target *t, const char *text, struct err *e)
{
	struct execs *x = t->field;
	struct strlist l = { 0 };
	int rc;

	if (x->n >= EXEC_PRE_MAX && *text)
		return refuse_more(EXEC_PRE_MAX, e);
	rc = parse_command(t, &l, text, e);
	if (!rc && l.n)
		x->argv[x->n++] = l;
	return rc;
}

/* The words of @l; with @wrap only those of line @line, when lines are filled up to LINE_WIDTH. */
static int print_words(const struct view *v, struct strlist l, bool wrap, unsigned int line,
		       struct strbuf *b)
{
	const char *s = v->pool + l.off;
	unsigned int at = 0;
	size_t width = 0;
	bool any = false;

	for (unsigned int i = 0; i < l.n; i++, s += strlen(s) + 1) {
		size_t n = strlen(s) + 1;

		if (wrap && width && width + n > LINE_WIDTH) {
			at++;
			width = 0;
		}
		width += n;
		if (at == line) {
			if (any)
				strbuf_add(b, " ");
			strbuf_add_word(b, s);
			any = true;
		}
	}
	return any ? 0 : -ENOENT;
}

static struct strlist load_list(const struct view *v, const struct key *k)
{
	struct strlist l;

	memcpy(&l, (const char *)v->base + k->offset, sizeof(l));
	return l;
}

int value_print_strs(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	return print_words(v, load_list(v, k), k->flags & KEY_REPEAT, line, b);
}

int value_print_names(const struct view *v, const struct key *k, unsigned int line,
		      struct strbuf *b)
{
	return value_print_strs(v, k, line, b);
}

int value_print_binds(const struct view *v, const struct key *k, unsigned int line,
		      struct strbuf *b)
{
	return value_print_strs(v, k, line, b);
}

int value_print_exec(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	return print_words(v, load_list(v, k), false, line, b);
}

static struct execs load_execs(const struct view *v, const struct key *k)
{
	struct execs x;

	memcpy(&x, (const char *)v->base + k->offset, sizeof(x));
	return x;
}

int value_print_execs(const struct view *v, const struct key *k, unsigned int line,
		      struct strbuf *b)
{
	struct execs x = load_execs(v, k);

	return line < x.n ? print_words(v, x.argv[line], false, 0, b) : -ENOENT;
}

/* All words inside the pool and printable, every one as @ok wants it. */
static bool list_valid(const struct view *v, struct strlist l, unsigned int max,
		       bool (*ok)(const char *word, unsigned int i))
{
	uint32_t off = l.off;

	if (l.n > max || (l.n == 0) != (l.off == 0))
		return false;
	for (unsigned int i = 0; i < l.n; i++) {
		const char *s = off <= UINT16_MAX ? value_text_at(v, (uint16_t)off) : NULL;

		if (!s || !str_printable(s, strlen(s)) || !ok(s, i))
			return false;
		off += (uint32_t)strlen(s) + 1;
	}
	return true;
}

static bool word_ok(const char *word, unsigned int i)
{
	return i < LIST_MAX && *word;
}

static bool name_ok(const char *word, unsigned int i)
{
	return i < LIST_MAX && value_is_name(word);
}

static bool bind_ok(const char *word, unsigned int i)
{
	const char *colon = strchr(word, ':');
	char source[PATH_TEXT_MAX];

	if (i >= LIST_MAX || !colon || (size_t)(colon - word) >= sizeof(source))
		return false;
	memcpy(source, word, (size_t)(colon - word));
	source[colon - word] = '\0';
	return value_is_path(source) && value_is_path(colon + 1) && !strchr(colon + 1, ':');
}

static bool argument_ok(const char *word, unsigned int i)
{
	return i > 0 || str_starts(word, "jailinit:") || value_is_path(word);
}

bool value_valid_strs(const struct view *v, const struct key *k)
{
	return list_valid(v, load_list(v, k), list_max(k), word_ok);
}

bool value_valid_names(const struct view *v, const struct key *k)
{
	return list_valid(v, load_list(v, k), list_max(k), name_ok);
}

bool value_valid_binds(const struct view *v, const struct key *k)
{
	return list_valid(v, load_list(v, k), list_max(k), bind_ok);
}

bool value_valid_exec(const struct view *v, const struct key *k)
{
	return list_valid(v, load_list(v, k), EXEC_ARGS_MAX, argument_ok);
}

bool value_valid_execs(const struct view *v, const struct key *k)
{
	struct execs x = load_execs(v, k);

	if (x.n > EXEC_PRE_MAX)
		return false;
	for (unsigned int i = 0; i < x.n; i++)
		if (!x.argv[i].n || !list_valid(v, x.argv[i], EXEC_ARGS_MAX, argument_ok))
			return false;
	return true;
}
