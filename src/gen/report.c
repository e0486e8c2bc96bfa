/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>

#include "gen/report.h"

static unsigned int errors;

static void say(const char *file, unsigned int line, const char *what, const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

static void say(const char *file, unsigned int line, const char *what, const char *fmt, va_list ap)
{
	errors++;
	fprintf(stderr, "%s:", file);
	if (line)
		fprintf(stderr, "%u:", line);
	fprintf(stderr, " %s%s", what, *what ? ": " : "");
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void report(const struct origin *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(o->file, o->line, o->what, fmt, ap);
	va_end(ap);
}

void report_at(const char *file, unsigned int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(file, line, "", fmt, ap);
	va_end(ap);
}

unsigned int report_count(void)
{
	return errors;
}
