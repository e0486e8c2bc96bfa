/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/crc32.h"
#include "base/num.h"
#include "conf/line.h"
#include "conf/value.h"

enum where {
	OUTSIDE, /* before the first section, or behind an End= */
	LOST,	 /* behind a header that cannot be read: to be skipped up to the next */
	IN_SYSTEM,
	IN_SERVICE
};

struct parser {
	struct table *t;
	const char *file;
	unsigned int line; /* being looked at */
	enum where where;
	const char *start; /* of the section */
	bool sound;	   /* nothing wrong in this section so far */
	struct seen seen;
	struct service row; /* being filled */
	struct system_conf system;
	struct service defaults;
};

static void complain(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Something is wrong: the section is lost, the table is damaged, and the first reason is kept. */
static void complain(struct parser *p, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	p->sound = false;
	if (p->t->damaged)
		return;
	p->t->damaged = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (p->where == IN_SYSTEM)
		err_set(&p->t->err, EINVAL, "%s:%u: %s (in [system])", p->file, p->line, text);
	else if (p->where == IN_SERVICE)
		err_set(&p->t->err, EINVAL, "%s:%u: %s (in [service %s])", p->file, p->line, text,
			p->row.name);
	else
		err_set(&p->t->err, EINVAL, "%s:%u: %s", p->file, p->line, text);
}

/*
 * Of a damaged [system] one thing is believed: where the firmware is. Without it not even a row
 * with Rescue=yes could start, and a wrong device is found out when it is mounted. The pool only
 * grows, so that the defaults in it stay where they are.
 */
static void keep_system(struct parser *p)
{
	struct system_conf *kept = &p->t->system;

	if (p->t->system_ok) {
		complain(p, "wanted one [system] section, found another");
	} else if (p->sound) {
		*kept = p->system;
		p->t->system_ok = true;
	} else {
		memcpy(kept->pool, p->system.pool, sizeof(kept->pool));
		kept->pool_used = p->system.pool_used;
		kept->firmware_device = p->system.firmware_device;
	}
}

/*
 * A damaged name can be that of another row: what is intact wins over what is not, wherever it
 * stands. A damaged row keeps its place and name, so that its loss can be shown.
 */
static void keep_service(struct parser *p)
{
	struct table *t = p->t;
	int twin = table_find(t, p->row.name);
	uint32_t at = twin < 0 ? t->n : (uint32_t)twin;
	bool sound = p->sound;

	if (twin >= 0) {
		complain(p, "wanted one section of this name, found another");
		if (t->intact[at] || !sound)
			return;
	} else if (t->n == SERVICES_MAX) {
		complain(p, "wanted at most %d services, found more", SERVICES_MAX);
		return;
	} else {
		t->n++;
	}
	t->service[at] = sound ? p->row : p->defaults;
	memcpy(t->service[at].name, p->row.name, sizeof(p->row.name));
	t->intact[at] = sound;
}

static void close_section(struct parser *p)
{
	if (p->where == IN_SYSTEM)
		keep_system(p);
	else if (p->where == IN_SERVICE)
		keep_service(p);
	p->where = OUTSIDE;
}

static void open_section(struct parser *p, const struct line *l)
{
	const char *name = l->value + strlen("service ");

	if (p->where == IN_SYSTEM || p->where == IN_SERVICE) {
		complain(p, "wanted End= before the next section, found [%.48s]", l->value);
		close_section(p);
	}
	p->sound = true;
	p->seen = (struct seen){ 0 };
	p->start = l->start;
	p->where = LOST;
	if (!strcmp(l->value, "system")) {
		system_defaults(&p->system);
		p->where = IN_SYSTEM;
	} else if (!str_starts(l->value, "service ") || !value_is_name(name)) {
		complain(p, "wanted [system] or [service NAME], found [%.48s]", l->value);
	} else {
		p->row = p->defaults;
		str_copy(p->row.name, sizeof(p->row.name), name);
		p->where = IN_SERVICE;
	}
}

/* "End=NAME 0123abcd" */
static void end_section(struct parser *p, const struct line *l)
{
	const char *name = p->where == IN_SYSTEM ? "system" : p->row.name;
	uint32_t crc = crc32_add(0, p->start, (size_t)(l->start - p->start));
	const struct record r = p->where == IN_SYSTEM ? record_of_system(&p->system)
						      : record_of_service(&p->row);
	const struct key *missing = record_missing(&r, &p->seen);
	size_t n = strlen(name);
	uint64_t given;

	if (strncmp(l->value, name, n) != 0 || l->value[n] != ' ' ||
	    num_parse_hex(l->value + n + 1, 8, &given))
		complain(p, "End=: wanted %s and 8 hex digits, found '%.48s'", name, l->value);
	else if (given != crc)
		complain(p, "End=: wanted checksum %08x, found %08x: the section was changed", crc,
			 (unsigned int)given);
	if (missing)
		complain(p, "%s=: wanted, not found", missing->name);
	close_section(p);
}

static void set_key(struct parser *p, const struct line *l)
{
	struct setting set = { .key = l->key, .value = l->value, .refused = KEY_BUILD };
	struct record r = p->where == IN_SYSTEM ? record_of_system(&p->system)
						: record_of_service(&p->row);
	struct err e = ERR_NONE;

	if (record_set(&r, &set, &p->seen, NULL, &e))
		complain(p, "%.32s=: %s", l->key, e.text);
}

static void take_line(struct parser *p, const struct line *l)
{
	if (l->kind == LINE_SECTION)
		open_section(p, l);
	else if (l->kind == LINE_EMPTY || p->where == LOST)
		return;
	else if (p->where == OUTSIDE)
		complain(p, "wanted a [section] before this line, found %.32s=", l->key);
	else if (!strcmp(l->key, "End"))
		end_section(p, l);
	else
		set_key(p, l);
}

int table_parse(struct table *t, const char *file, const char *text, size_t len, struct err *e)
{
	struct parser p = { .t = t, .file = file, .line = 1 };
	struct err bad = ERR_NONE;
	struct line_reader r;
	struct line l;
	int rc;

	memset(t, 0, sizeof(*t));
	system_defaults(&t->system);
	service_defaults(&p.defaults);
	if (len > TABLE_MAX_BYTES)
		complain(&p, "wanted at most %d bytes, found %zu", TABLE_MAX_BYTES, len);

	line_reader_init(&r, text, len);
	while ((rc = line_next(&r, &l, &bad))) {
		p.line = l.number;
		if (rc < 0)
			complain(&p, "%s", bad.text);
		else
			take_line(&p, &l);
	}
	if (p.where == IN_SYSTEM || p.where == IN_SERVICE) {
		complain(&p, "wanted End= before the end of the file, found none");
		close_section(&p);
	}
	if (!t->system_ok)
		complain(&p, "wanted a [system] section, found none that is whole");
	else if (t->system.services && t->system.services != t->n)
		complain(&p, "wanted %u services (Services= in [system]), found %u",
			 t->system.services, t->n);
	if (t->damaged)
		*e = t->err;
	return t->damaged ? -EINVAL : 0;
}

int service_parse(struct service *s, const char *name, const char *file, const char *text,
		  size_t len, const struct conf_resolver *resolver, struct err *e)
{
	struct record r = record_of_service(s);
	const struct key *missing;
	struct seen seen = { 0 };
	struct line_reader lines;
	struct line l;
	int rc;

	service_defaults(s);
	if (!value_is_name(name))
		return err_set(e, EINVAL, "%s: wanted a name of a-z, 0-9, _ and -, found '%.48s'",
			       file, name);
	str_copy(s->name, sizeof(s->name), name);
	line_reader_init(&lines, text, len);
	while ((rc = line_next(&lines, &l, e))) {
		struct setting set = { .key = l.key, .value = l.value, .resolver = resolver };

		if (rc < 0)
			return err_prefix(e, "%s:%u", file, l.number);
		if (l.kind == LINE_SECTION)
			return err_set(e, EINVAL, "%s:%u: wanted Key=value, found [%.48s]", file,
				       l.number, l.value);
		if (l.kind == LINE_KEY && record_set(&r, &set, &seen, NULL, e))
			return err_prefix(e, "%s:%u: %.32s=", file, l.number, l.key);
	}
	missing = record_missing(&r, &seen);
	if (missing)
		return err_set(e, EINVAL, "%s: %s=: wanted, not found", file, missing->name);
	return 0;
}

int table_find(const struct table *t, const char *name)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (!strcmp(t->service[i].name, name))
			return (int)i;
	return -1;
}
