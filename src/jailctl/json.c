/* SPDX-License-Identifier: MIT */
#include "jailctl/json.h"

#include <stdio.h>

static bool first = true;

/*
 * '"', '\\', and all that is not printable ASCII escaped: what comes from PID 1 is ASCII, so bytes
 * are enough.
 */
static void put_text(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void put_key(const char *key)
{
	if (!first)
		putchar(',');
	first = false;
	if (key) {
		put_text(key);
		putchar(':');
	}
}

void json_open(const char *key, char bracket)
{
	put_key(key);
	putchar(bracket);
	first = true;
}

void json_close(char bracket)
{
	putchar(bracket);
	first = false;
}

void json_string(const char *key, const char *value)
{
	put_key(key);
	put_text(value);
}

void json_number(const char *key, int64_t value)
{
	put_key(key);
	printf("%lld", (long long)value);
}

void json_bool(const char *key, bool value)
{
	put_key(key);
	fputs(value ? "true" : "false", stdout);
}

void json_null(const char *key)
{
	put_key(key);
	fputs("null", stdout);
}

void json_end(void)
{
	putchar('\n');
	first = true;
}
