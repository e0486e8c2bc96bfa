/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "conf/line.h"

void line_reader_init(struct line_reader *r, const char *text, size_t len)
{
	*r = (struct line_reader){ .at = text, .end = text + len };
}

char *line_trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	s[n] = '\0';
	return s;
}

/* A comment may be in any language; a NUL or a control byte is damage even there. */
static int check_bytes(const char *s, size_t n, struct err *e)
{
	bool comment = n && s[0] == '#';

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f || (c > 0x7f && !comment))
			return err_set(e, EINVAL, "wanted printable ASCII, found byte 0x%02x", c);
	}
	return 0;
}

static int classify(struct line *l, struct err *e)
{
	size_t n = strlen(l->text);
	char *equals = strchr(l->text, '=');

	if (l->text[strspn(l->text, " \t")] == '\0' || l->text[0] == '#') {
		l->kind = LINE_EMPTY;
		return 1;
	}
	if (l->text[0] == '[' && l->text[n - 1] == ']') {
		l->kind = LINE_SECTION;
		l->text[n - 1] = '\0';
		l->value = l->text + 1;
		return 1;
	}
	if (!equals || equals == l->text || strcspn(l->text, " \t\"[") < (size_t)(equals - l->text))
		return err_set(e, EINVAL,
			       "wanted Key=value, [section] or # comment, found '%.48s%s'", l->text,
			       n > 48 ? "..." : "");
	*equals = '\0';
	l->kind = LINE_KEY;
	l->key = l->text;
	l->value = line_trim(equals + 1);
	return 1;
}

int line_next(struct line_reader *r, struct line *l, struct err *e)
{
	const char *newline;
	size_t n;

	if (r->at == r->end)
		return 0;
	newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
	n = (size_t)((newline ? newline : r->end) - r->at);
	l->start = r->at;
	l->number = ++r->number;
	r->at += n + (newline != NULL);

	if (n >= sizeof(l->text))
		return err_set(e, EINVAL, "wanted a line of at most %zu bytes, found %zu",
			       sizeof(l->text) - 1, n);
	if (check_bytes(l->start, n, e))
		return -EINVAL;
	memcpy(l->text, l->start, n);
	l->text[n] = '\0';
	return classify(l, e);
}
