/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/crc32.h"
#include "conf/value.h"

static int print_line(const struct view *v, const struct key *k, unsigned int line, char *buf,
		      size_t size)
{
	struct strbuf b;

	strbuf_init(&b, buf, size);
	if (value_type(k)->print(v, k, line, &b))
		return -ENOENT;
	return b.full ? -ENOSPC : (int)b.len;
}

static bool is_default(const struct view *v, const struct view *defaults, const struct key *k)
{
	char is[LINE_MAX_BYTES], was[LINE_MAX_BYTES];

	for (unsigned int line = 0;; line++) {
		int a = print_line(v, k, line, is, sizeof(is));
		int b = print_line(defaults, k, line, was, sizeof(was));

		if (a < 0 || b < 0)
			return a == -ENOENT && b == -ENOENT;
		if (strcmp(is, was) != 0)
			return false;
	}
}

static void print_key(struct strbuf *b, const struct view *v, const struct key *k)
{
	for (unsigned int line = 0;; line++) {
		size_t start = b->len;

		strbuf_addf(b, "%s=", k->name);
		/* A list that was emptied has no line of its own, but its default has to go. */
		if (value_type(k)->print(v, k, line, b) && line > 0) {
			b->len = start;
			b->buf[start] = '\0';
			return;
		}
		strbuf_add(b, "\n");
		if (b->full)
			return;
	}
}

/* Header to End= of one section. */
static int print_section(struct strbuf *b, const char *kind, const char *name, const struct view *v,
			 const struct view *defaults, const struct key *keys, unsigned int n)
{
	strbuf_addf(b, "[%s%s]\n", kind, name);
	for (unsigned int i = 0; i < n; i++)
		if (!(keys[i].flags & KEY_BUILD) && !is_default(v, defaults, &keys[i]))
			print_key(b, v, &keys[i]);
	strbuf_addf(b, "End=%s %08x\n", name, crc32_add(0, b->buf, b->len));
	return b->full ? -ENOSPC : (int)b->len;
}

int service_print(const struct service *s, char *buf, size_t size)
{
	struct service d;
	struct view v = view_of_service(s), defaults;
	struct strbuf b;
	unsigned int n;
	const struct key *keys = service_keys(&n);

	service_defaults(&d);
	defaults = view_of_service(&d);
	strbuf_init(&b, buf, size);
	return print_section(&b, "service ", s->name, &v, &defaults, keys, n);
}

int system_print(const struct system_conf *s, char *buf, size_t size)
{
	struct system_conf d;
	struct view v = view_of_system(s), defaults;
	struct strbuf b;
	unsigned int n;
	const struct key *keys = system_keys(&n);

	system_defaults(&d);
	defaults = view_of_system(&d);
	strbuf_init(&b, buf, size);
	return print_section(&b, "", "system", &v, &defaults, keys, n);
}

int service_print_value(const struct service *s, unsigned int key, unsigned int line, char *buf,
			size_t size)
{
	struct view v = view_of_service(s);
	unsigned int n;
	const struct key *keys = service_keys(&n);

	return key < n ? print_line(&v, &keys[key], line, buf, size) : -ENOENT;
}
