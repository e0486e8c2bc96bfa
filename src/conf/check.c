/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "conf/check.h"

void check_report(struct checker *c, int row, const char *key, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->found++;
	c->sink->found(c->sink->ctx, row, key, text);
}

static void check_device(struct checker *c, const char *key, uint16_t off)
{
	const char *device = system_str(&c->t->system, off);

	if (*device && !str_starts(device, "/dev/") && !str_starts(device, "PARTUUID="))
		check_report(c, -1, key, "wanted /dev/NODE or PARTUUID=NUMBER, found '%s'", device);
}

static void check_system(struct checker *c)
{
	const struct system_conf *s = &c->t->system;
	bool maker = false;

	check_device(c, "FirmwareDevice", s->firmware_device);
	check_device(c, "DataDevice", s->data_device);
	if (!s->data_format)
		return;
	for (uint32_t i = 0; i < c->t->n; i++)
		if (c->t->service[i].duty == DUTY_DATA_FORMAT)
			maker = true;
	if (!s->data_device)
		check_report(c, -1, "DataFormat", "wanted a DataDevice= to format, found none");
	if (!maker)
		check_report(c, -1, "DataFormat",
			     "wanted a service with Duty=data-format, found none");
}

unsigned int table_check_all(const struct table *t, const struct check_sink *sink)
{
	struct checker c = { .t = t, .sink = sink };

	if (t->system_ok)
		check_system(&c);
	for (uint32_t i = 0; i < t->n; i++)
		if (check_has(&c, i))
			check_row(&c, i);
	check_pairs(&c);
	check_order(&c);
	return c.found;
}

struct first {
	const struct table *t;
	struct err *e;
};

static void keep_first(void *ctx, int row, const char *key, const char *text)
{
	struct first *f = ctx;
	const char *equals = *key ? "=: " : "";

	if (f->e->num)
		return;
	if (row < 0)
		err_set(f->e, EINVAL, "[system]: %s%s%s", key, equals, text);
	else
		err_set(f->e, EINVAL, "[service %s]: %s%s%s", f->t->service[row].name, key, equals,
			text);
}

int table_check(const struct table *t, struct err *e)
{
	struct err first_err = ERR_NONE;
	struct first first = { .t = t, .e = &first_err };
	const struct check_sink sink = { .found = keep_first, .ctx = &first };

	if (!table_check_all(t, &sink))
		return 0;
	*e = first_err;
	return -EINVAL;
}
