/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "conf/value.h"

/* The types with one text in the pool: STR, PATH, NAME. */

uint16_t *value_text_str(void *field, unsigned int i)
{
	uint16_t *off = field;

	return i == 0 && *off ? off : NULL;
}

static bool is_text(const char *s)
{
	size_t n = strlen(s);

	return str_printable(s, n) && (!n || (s[0] != ' ' && s[n - 1] != ' '));
}

bool value_is_path(const char *s)
{
	size_t len = strlen(s);

	if (s[0] != '/' || len >= PATH_TEXT_MAX || strpbrk(s, " \"") || !str_printable(s, len))
		return false;
	if (!strcmp(s, "/"))
		return true;
	if (!strcmp(s, "/proc") || str_starts(s, "/proc/"))
		return false;
	while (*s) {
		size_t n = strcspn(++s, "/");

		if (n == 0 || !strncmp(s, ".", n) || (n == 2 && !strncmp(s, "..", n)))
			return false;
		s += n;
	}
	return true;
}

bool value_is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 0 && n < SERVICE_NAME_MAX && !s[n] && s[0] != '_' && s[0] != '-';
}

static int set_text(const struct target *t, const char *text, bool (*ok)(const char *),
		    struct err *e)
{
	/* Nothing is a value where nothing is the default. */
	if (!*text && !*t->key->def)
		return 0;
	if (!ok(text) || (!*text && ok != is_text))
		return value_refuse(t->key, text, e);
	return *text ? record_add_text(t->record, t->number, text, t->field) : 0;
}

static uint16_t offset_of(const struct view *v, const struct key *k)
{
	uint16_t off;

	memcpy(&off, (const char *)v->base + k->offset, sizeof(off));
	return off;
}

static bool text_valid(const struct view *v, const struct key *k, bool (*ok)(const char *))
{
	uint16_t off = offset_of(v, k);
	const char *s = value_text_at(v, off);

	return s && (off ? *s && ok(s) : !*k->def || ok == is_text);
}

int value_parse_str(const struct target *t, const char *text, struct err *e)
{
	return set_text(t, text, is_text, e);
}

int value_parse_path(const struct target *t, const char *text, struct err *e)
{
	return set_text(t, text, value_is_path, e);
}

int value_parse_name(const struct target *t, const char *text, struct err *e)
{
	return set_text(t, text, value_is_name, e);
}

bool value_valid_str(const struct view *v, const struct key *k)
{
	return text_valid(v, k, is_text);
}

bool value_valid_path(const struct view *v, const struct key *k)
{
	return text_valid(v, k, value_is_path);
}

bool value_valid_name(const struct view *v, const struct key *k)
{
	return text_valid(v, k, value_is_name);
}

int value_print_str(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	if (line > 0)
		return -ENOENT;
	strbuf_add(b, v->pool + offset_of(v, k));
	return 0;
}

int value_print_path(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	return value_print_str(v, k, line, b);
}

int value_print_name(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	return value_print_str(v, k, line, b);
}
