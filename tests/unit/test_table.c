/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crc32.h"
#include "base/str.h"
#include "conf/table.h"

/* Whole tables: what is damaged is found out, and what is intact survives. */

static const char *const rows[] = {
	"ExecStart=/usr/bin/web -x \"two words\"\nUser=500\nGroup=500\nListenStream=80\n"
	"EtcFiles=/etc/web.conf /etc/ssl\nRuntimeDirectory=web\n",
	"Description=log keeper\nExecStart=jailinit:jail-logd\nUser=501\nGroup=501\nRescue=yes\n",
	"ExecStart=/usr/bin/db\nUser=502\nGroup=502\nAfter=web\nSocketFrom=web\nMemoryMax=64M\n",
};
static const char *const names[] = { "web", "log", "db" };
#define ROWS 3

static char good[4096];
static size_t good_len;
/* Where [system] and each row begin, with the newline before the header: without it that is none. */
static size_t starts[ROWS + 2];
static struct table wanted, found;

static void add_section(struct strbuf *b, const char *header, const char *body, const char *name)
{
	size_t start = b->len;

	strbuf_addf(b, "[%s]\n%s", header, body);
	strbuf_addf(b, "End=%s %08x\n\n", name, crc32_add(0, b->buf + start, b->len - start));
}

static int make_table(void **state)
{
	struct err e = ERR_NONE;
	char header[64];
	struct strbuf b;

	(void)state;
	strbuf_init(&b, good, sizeof(good));
	strbuf_add(&b, "# a table\n\n");
	starts[0] = b.len - 1;
	add_section(&b, "system", "FirmwareDevice=/dev/vda\nServices=3\n", "system");
	for (size_t i = 0; i < ROWS; i++) {
		starts[i + 1] = b.len - 1;
		snprintf(header, sizeof(header), "service %s", names[i]);
		add_section(&b, header, rows[i], names[i]);
	}
	starts[ROWS + 1] = b.len - 1;
	good_len = b.len;
	if (table_parse(&wanted, "good", good, good_len, &e) || table_check(&wanted, &e)) {
		print_error("%s\n", e.text);
		return -1;
	}
	return 0;
}

static bool same_row(const struct service *a, const struct service *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Row @name of the good table is in the found one, intact, with the same bytes. */
static bool survived(size_t row)
{
	int at = table_find(&found, names[row]);

	return at >= 0 && found.intact[at] && same_row(&found.service[at], &wanted.service[row]);
}

/* No row is called intact that is not one of the good table's. */
static bool nothing_invented(void)
{
	for (uint32_t i = 0; i < found.n; i++) {
		int at = table_find(&wanted, found.service[i].name);

		if (found.intact[i] &&
		    (at < 0 || !same_row(&found.service[i], &wanted.service[at])))
			return false;
	}
	return !found.system_ok || !memcmp(&found.system, &wanted.system, sizeof(found.system));
}

/* Parse from a buffer of exactly @len bytes: one byte too far is seen by the sanitizer. */
static int parse(const char *text, size_t len)
{
	struct err e = ERR_NONE;
	char *exact = malloc(len ? len : 1);
	int rc;

	memcpy(exact, text, len);
	rc = table_parse(&found, "test", exact, len, &e);
	free(exact);
	assert_int_equal(rc, found.damaged ? -EINVAL : 0);
	assert_int_equal(rc ? EINVAL : 0, e.num);
	return rc;
}

static void good_table(void **state)
{
	(void)state;
	assert_int_equal(parse(good, good_len), 0);
	assert_int_equal(found.n, ROWS);
	assert_true(found.system_ok);
	for (size_t i = 0; i < ROWS; i++)
		assert_true(survived(i));
}

/* One damaged byte anywhere: its own section is lost at most, all others are whole. */
static void every_byte_damaged(void **state)
{
	static char text[sizeof(good)];
	/* One bit, some bits, and the bytes that mean something to the parser. */
	static const char put[] = { '\n', '[', ']', '=', '#', '\0', ' ', 'E', '"' };

	(void)state;
	for (size_t at = 0; at < good_len; at++) {
		for (size_t way = 0; way < 8 + sizeof(put); way++) {
			int rc;

			memcpy(text, good, good_len);
			text[at] = (char)(way < 8 ? text[at] ^ 1 << way : put[way - 8]);
			if (text[at] == good[at])
				continue;
			rc = parse(text, good_len);
			assert_true(nothing_invented());
			for (size_t i = 0; i < ROWS; i++)
				if (at < starts[i + 1] || at >= starts[i + 2])
					assert_true(survived(i));
				else if (!survived(i))
					assert_true(rc < 0);
			if (at < starts[0] || at >= starts[1])
				assert_true(found.system_ok);
			else if (!found.system_ok)
				assert_true(rc < 0);
		}
	}
}

/* Of a damaged [system] the firmware's place is kept, and nothing else. */
static void damaged_system(void **state)
{
	static char text[sizeof(good)];
	char *services;

	(void)state;
	memcpy(text, good, good_len);
	services = strstr(text, "Services=3");
	assert_non_null(services);
	services[strlen("Services=")] = '4';
	assert_int_equal(parse(text, good_len), -EINVAL);
	assert_false(found.system_ok);
	assert_string_equal(system_str(&found.system, found.system.firmware_device), "/dev/vda");
	assert_string_equal(system_str(&found.system, found.system.hostname), "jailinit");
	assert_int_equal(found.system.services, 0);
	for (size_t i = 0; i < ROWS; i++)
		assert_true(survived(i));
}

/* Cut anywhere: what came before is whole, and it is noticed, also between two sections. */
static void cut_everywhere(void **state)
{
	(void)state;
	for (size_t len = 0; len < good_len; len++) {
		int rc = parse(good, len);
		bool whole = found.system_ok;

		assert_true(nothing_invented());
		for (size_t i = 0; i < ROWS; i++) {
			if (len >= starts[i + 2])
				assert_true(survived(i));
			whole = whole && survived(i);
		}
		assert_int_equal(rc, whole ? 0 : -EINVAL);
	}
}

/* A piece is missing, or is there twice. */
static void sections_lost_or_doubled(void **state)
{
	static char text[2 * sizeof(good)];

	(void)state;
	for (size_t i = 0; i <= ROWS; i++) {
		size_t cut = starts[i + 1] - starts[i];

		memcpy(text, good, starts[i]);
		memcpy(text + starts[i], good + starts[i + 1], good_len - starts[i + 1]);
		assert_int_equal(parse(text, good_len - cut), -EINVAL);
		assert_true(nothing_invented());

		memcpy(text, good, starts[i + 1]);
		memcpy(text + starts[i + 1], good + starts[i], good_len - starts[i]);
		assert_int_equal(parse(text, good_len + cut), -EINVAL);
		assert_true(nothing_invented());
		for (size_t k = 0; k < ROWS; k++)
			assert_true(survived(k));
	}
}

/* A damaged name that is now another row's must not push that row out, wherever it stands. */
static void damaged_name_does_not_push_out(void **state)
{
	static char text[sizeof(good)];

	(void)state;
	for (size_t victim = 0; victim < 2; victim++) {
		char *name;

		memcpy(text, good, good_len);
		name = strstr(text + starts[victim ? 1 : 2], victim ? "web" : "log");
		memcpy(name, victim ? "log" : "web", 3);
		assert_int_equal(parse(text, good_len), -EINVAL);
		assert_true(nothing_invented());
		assert_true(survived(victim ? 1 : 0));
		assert_true(survived(2));
	}
}

static void random_noise(void **state)
{
	static char text[sizeof(good)];
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		memcpy(text, good, good_len);
		for (int i = 0; i < 12; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			text[(seed >> 33) % good_len] = (char)(seed >> 20);
		}
		parse(text, good_len);
		assert_true(nothing_invented());
	}
}

static bool resolve(void *ctx, const char *name, uint32_t *id)
{
	*id = 33;
	return ctx && !strcmp(name, ctx);
}

static void svc_files(void **state)
{
	const struct conf_resolver r = { .user = resolve, .group = resolve, .ctx = "www-data" };
	static const char text[] = "# comment\nExecStart=/usr/bin/x\nPackages=x\nUser=www-data\n";
	static const struct {
		const char *name, *text, *wanted;
	} bad[] = {
		{ "X", text, "f: wanted a name of a-z, 0-9, _ and -, found 'X'" },
		{ "x", "Nice=1\n", "f: ExecStart=: wanted, not found" },
		{ "x", "Nice=1\n[service x]\n", "f:2: wanted Key=value, found [service x]" },
		{ "x", "\n\nNice=q\n", "f:3: Nice=: wanted a whole number, -20 to 19, found 'q'" },
		{ "x", "words\n", "f:1: wanted Key=value, [section] or # comment, found 'words'" },
	};
	static struct service s;
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(service_parse(&s, "x", "f", text, strlen(text), &r, &e), 0);
	assert_int_equal(s.uid, 33);
	assert_int_equal(s.gid, USER_AUTO);
	assert_int_equal(s.packages.n, 1);
	assert_int_equal(service_parse(&s, "x", "f", text, strlen(text), NULL, &e), -EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(service_parse(&s, bad[i].name, "f", bad[i].text,
					       strlen(bad[i].text), &r, &e),
				 -EINVAL);
		assert_string_equal(e.text, bad[i].wanted);
	}
}

static void lists(void **state)
{
	static const char text[] = "ExecStart=/usr/bin/x a \"\" b\n";
	static const char *const words[] = { "/usr/bin/x", "a", "", "b" };
	static struct service s;
	struct err e = ERR_NONE;
	const char *p = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(service_parse(&s, "x", "f", text, strlen(text), NULL, &e), 0);
	while ((p = service_list_next(&s, s.exec_start, p)))
		assert_string_equal(p, words[n++]);
	assert_int_equal(n, 4);
	assert_null(service_list_next(&s, s.after, NULL));
	assert_string_equal(service_str(&s, UINT16_MAX), "");
}

static void checks_name_the_first(void **state)
{
	static struct table t;
	struct err e = ERR_NONE;

	(void)state;
	t = wanted;
	assert_int_equal(table_check(&t, &e), 0);
	t.service[2].uid = 500;
	assert_int_equal(table_check(&t, &e), -EINVAL);
	assert_string_equal(e.text, "[service db]: User=: wanted a number of its own, found 500 "
				    "also in [service web]");
	/* Of a row that is not intact nothing is said, but its name is known. */
	t.intact[0] = false;
	assert_int_equal(table_check(&t, &e), 0);
	t.system.firmware_device = t.system.hostname;
	assert_int_equal(table_check(&t, &e), -EINVAL);
	assert_string_equal(e.text,
			    "[system]: FirmwareDevice=: wanted /dev/NODE or PARTUUID=NUMBER, "
			    "found 'jailinit'");
}

static void print_needs_room(void **state)
{
	static char buf[4096];
	int len = service_print(&wanted.service[0], buf, sizeof(buf));

	(void)state;
	assert_true(len > 0);
	for (size_t size = 1; size <= (size_t)len; size++)
		assert_int_equal(service_print(&wanted.service[0], buf, size), -ENOSPC);
	assert_int_equal(service_print(&wanted.service[0], buf, (size_t)len + 1), len);
	assert_int_equal(system_print(&wanted.system, buf, 10), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_table),
		cmocka_unit_test(every_byte_damaged),
		cmocka_unit_test(damaged_system),
		cmocka_unit_test(cut_everywhere),
		cmocka_unit_test(sections_lost_or_doubled),
		cmocka_unit_test(damaged_name_does_not_push_out),
		cmocka_unit_test(random_noise),
		cmocka_unit_test(svc_files),
		cmocka_unit_test(lists),
		cmocka_unit_test(checks_name_the_first),
		cmocka_unit_test(print_needs_room),
	};

	return cmocka_run_group_tests(tests, make_table, NULL);
}
