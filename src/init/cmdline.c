/* SPDX-License-Identifier: MIT */
#include "init/cmdline.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"

#define PREFIX "jailinit."

/* A word, or a part of one: not NUL-terminated. */
struct piece {
	const char *at;
	size_t len;
};

static bool piece_is(struct piece p, const char *text)
{
	return p.len == strlen(text) && memcmp(p.at, text, p.len) == 0;
}

/* Take what stands before the first @stop from @rest. */
static struct piece piece_until(struct piece *rest, char stop)
{
	const char *end = memchr(rest->at, stop, rest->len);
	struct piece p = { rest->at, end ? (size_t)(end - rest->at) : rest->len };
	size_t taken = end ? p.len + 1 : p.len;

	rest->at += taken;
	rest->len -= taken;
	return p;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/* The next word as the kernel splits them: a blank inside "..." is part of it. */
static bool next_word(struct piece *rest, struct piece *word)
{
	bool quoted = false;
	size_t n = 0;

	while (rest->len && is_blank(*rest->at)) {
		rest->at++;
		rest->len--;
	}
	while (n < rest->len && (quoted || !is_blank(rest->at[n]))) {
		if (rest->at[n] == '"')
			quoted = !quoted;
		n++;
	}
	*word = (struct piece){ rest->at, n };
	rest->at += n;
	rest->len -= n;
	return n > 0;
}

/* "..." around the whole of @p, or around what is left of it, is taken off. */
static void unquote(struct piece *p)
{
	if (p->len && p->at[0] == '"') {
		p->at++;
		p->len--;
	}
	if (p->len && p->at[p->len - 1] == '"')
		p->len--;
}

static void keep_bad(struct cmdline *c, struct piece word)
{
	if (c->n_bad < CMDLINE_BAD_MAX) {
		char *to = c->bad[c->n_bad];
		size_t n = word.len < sizeof(c->bad[0]) ? word.len : sizeof(c->bad[0]) - 1;

		for (size_t i = 0; i < n; i++)
			to[i] = word.at[i] < 0x20 || word.at[i] > 0x7e ? '?' : word.at[i];
	}
	c->n_bad++;
}

static bool parse_skip(struct cmdline *c, struct piece names)
{
	bool sound = names.len > 0;

	while (names.len) {
		struct piece name = piece_until(&names, ',');

		if (name.len == 0 || name.len >= SERVICE_NAME_MAX ||
		    c->n_skip == CMDLINE_SKIP_MAX || memchr(name.at, '\0', name.len)) {
			sound = false;
			continue;
		}
		memcpy(c->skip[c->n_skip++], name.at, name.len);
	}
	return sound;
}

/* One option, without its prefix. Returns whether it is one of ours and makes sense. */
static bool parse_option(struct cmdline *c, struct piece word)
{
	bool has_value = memchr(word.at, '=', word.len) != NULL;
	struct piece name = piece_until(&word, '=');

	unquote(&word);
	if (piece_is(name, "rescue") && !has_value)
		return c->rescue = true;
	if (piece_is(name, "debug") && !has_value)
		return c->debug = true;
	if (piece_is(name, "data") && piece_is(word, "none"))
		return c->no_data = true;
	if (piece_is(name, "color") && piece_is(word, "no"))
		return c->no_color = true;
	if (piece_is(name, "skip"))
		return parse_skip(c, word);
	return false;
}

void cmdline_parse(const char *text, size_t len, struct cmdline *c)
{
	struct piece rest = { text, len };
	struct piece word;

	memset(c, 0, sizeof(*c));
	while (next_word(&rest, &word)) {
		struct piece option;

		unquote(&word);
		if (word.len < strlen(PREFIX) || memcmp(word.at, PREFIX, strlen(PREFIX)))
			continue;
		option = (struct piece){ word.at + strlen(PREFIX), word.len - strlen(PREFIX) };
		if (!parse_option(c, option))
			keep_bad(c, word);
	}
}

void cmdline_read(struct cmdline *c, const struct report *r)
{
	char text[CMDLINE_MAX];
	struct err e = ERR_NONE;
	ssize_t n;

	n = fd_read_file_bounded(AT_FDCWD, "/proc/cmdline", text, sizeof(text), &e);
	cmdline_parse(text, n < 0 ? 0 : (size_t)n, c);
	if (n < 0)
		r->say(r->ctx, REPORT_WARNING, &e);
	for (unsigned int i = 0; i < c->n_bad && i < CMDLINE_BAD_MAX; i++) {
		err_set(&e, EINVAL,
			"kernel command line: %s is not understood (there are " PREFIX
			"rescue, debug, "
			"data=none, color=no, skip=NAME,NAME)",
			c->bad[i]);
		r->say(r->ctx, REPORT_WARNING, &e);
	}
	if (c->n_bad > CMDLINE_BAD_MAX) {
		err_set(&e, EINVAL,
			"kernel command line: %u more " PREFIX " words are not understood",
			c->n_bad - CMDLINE_BAD_MAX);
		r->say(r->ctx, REPORT_WARNING, &e);
	}
}

bool cmdline_skips(const struct cmdline *c, const char *name)
{
	for (unsigned int i = 0; i < c->n_skip; i++)
		if (strcmp(c->skip[i], name) == 0)
			return true;
	return false;
}
