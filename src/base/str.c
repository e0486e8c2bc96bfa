/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

int str_copy(char *dst, size_t size, const char *src)
{
	size_t n = strnlen(src, size);

	if (n == size) {
		memset(dst, 0, size);
		return -ENAMETOOLONG;
	}
	memcpy(dst, src, n);
	memset(dst + n, 0, size - n);
	return 0;
}

bool str_starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && !strcmp(s + n - m, suffix);
}

bool str_printable(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] > 0x7e)
			return false;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

int str_word(const char **text, char *word, size_t size)
{
	const char *p = *text;
	bool quoted;
	size_t n = 0;

	while (is_blank(*p))
		p++;
	*text = p;
	if (!*p)
		return -ENOENT;
	quoted = *p == '"';
	for (p += quoted; *p && (quoted ? *p != '"' : !is_blank(*p)); p++) {
		if (!quoted && *p == '"')
			return -EINVAL;
		if (quoted && *p == '\\') {
			p++;
			if (*p != '\\' && *p != '"')
				return -EINVAL;
		}
		if (n + 1 >= size)
			return -ENAMETOOLONG;
		word[n++] = *p;
	}
	if (quoted && *p++ != '"')
		return -EINVAL;
	if (*p && !is_blank(*p))
		return -EINVAL;
	word[n] = '\0';
	*text = p;
	return (int)n;
}

void strbuf_init(struct strbuf *b, char *buf, size_t size)
{
	*b = (struct strbuf){ .buf = buf, .size = size };
	buf[0] = '\0';
}

void strbuf_addn(struct strbuf *b, const char *s, size_t n)
{
	size_t room = b->size - 1 - b->len;

	if (n > room) {
		n = room;
		b->full = true;
	}
	memcpy(b->buf + b->len, s, n);
	b->len += n;
	b->buf[b->len] = '\0';
}

void strbuf_add(struct strbuf *b, const char *s)
{
	strbuf_addn(b, s, strlen(s));
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	size_t room = b->size - b->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(b->buf + b->len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room) {
		b->full = true;
		b->len += strlen(b->buf + b->len);
		return;
	}
	b->len += (size_t)n;
}

void strbuf_add_word(struct strbuf *b, const char *word)
{
	if (*word && !strpbrk(word, " \t\"")) {
		strbuf_add(b, word);
		return;
	}
	strbuf_add(b, "\"");
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			strbuf_add(b, "\\");
		strbuf_addn(b, word, 1);
	}
	strbuf_add(b, "\"");
}
