/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "conf/names.h"
#include "conf/value.h"

/* Rows as records: defaults, text and back, and what comes from other processes. */

#define ROUNDS 3000

static uint64_t seed = 1;

static uint32_t pick(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static void add_name(struct strbuf *b)
{
	static const char first[] = "abcxyz019", rest[] = "abcxyz019_-";

	strbuf_addf(b, "%c", first[pick(sizeof(first) - 1)]);
	for (uint32_t n = pick(12); n; n--)
		strbuf_addf(b, "%c", rest[pick(sizeof(rest) - 1)]);
}

static void add_path(struct strbuf *b)
{
	for (uint32_t n = 1 + pick(4); n; n--) {
		strbuf_add(b, "/");
		add_name(b);
	}
}

static void add_word(struct strbuf *b)
{
	static const char bytes[] = "ab \"\\=#[]:~";
	char word[16] = "w";

	for (uint32_t i = 1, n = pick(14); i < n; i++)
		word[i] = bytes[pick(sizeof(bytes) - 1)];
	strbuf_add_word(b, word);
}

static void add_blank_list(struct strbuf *b, void (*add)(struct strbuf *b))
{
	for (uint32_t n = pick(5); n; n--) {
		add(b);
		strbuf_add(b, n > 1 ? "  " : "");
	}
}

static void add_bind(struct strbuf *b)
{
	add_path(b);
	if (pick(2)) {
		strbuf_add(b, ":");
		add_path(b);
	}
}

static void add_cap(struct strbuf *b)
{
	strbuf_add(b, names_cap(pick(CAPS_COUNT)));
}

static void add_namespaces(struct strbuf *b)
{
	uint32_t bit, n = pick(9);

	if (n < 2) {
		strbuf_add(b, n ? "yes" : "no");
		return;
	}
	strbuf_add(b, pick(2) ? "~" : "");
	for (uint32_t i = 2; i <= n; i++)
		strbuf_addf(b, "%s%s", i > 2 ? " " : "", names_namespace(pick(7), &bit));
}

static void add_command(struct strbuf *b)
{
	add_path(b);
	strbuf_add(b, " ");
	add_blank_list(b, add_word);
}

static void add_socket(struct strbuf *b)
{
	static const char *const hosts[] = { "",
					     "0.0.0.0:",
					     "10.1.2.3:",
					     "[::]:",
					     "[fe80::1:2]:",
					     "[::ffff:1.2.3.4]:",
					     "[1:2:3:4:5:6:7:8]:" };

	strbuf_addf(b, "%s%u", hosts[pick(7)], 1 + pick(65535));
}

/* A number within the bounds of @k, all magnitudes alike. */
static uint64_t number(const struct key *k)
{
	uint64_t min = (uint64_t)k->min, max = k->max ? k->max : UINT32_MAX - 1, v;

	v = ((uint64_t)pick(1u << 30) << 30 | pick(1u << 30)) >> pick(60);
	return min + v % (max - min + 1);
}

static void add_value(struct strbuf *b, const struct key *k)
{
	static const char *const access[] = { "r", "w", "rw" };
	const struct value_type *type = value_type(k);
	unsigned int names = 0;

	while (type->names && type->names[names])
		names++;
	/* clang-format off */
	switch (k->type) {
	case VALUE_STR: add_name(b); strbuf_add(b, " \" x"); break;
	case VALUE_PATH: add_path(b); break;
	case VALUE_NAME: add_name(b); break;
	case VALUE_STRS: add_blank_list(b, add_word); break;
	case VALUE_NAMES:
	case VALUE_DEPENDS: add_blank_list(b, add_name); break;
	case VALUE_BINDS: add_blank_list(b, add_bind); break;
	case VALUE_EXEC:
	case VALUE_EXECS: add_command(b); break;
	case VALUE_BOOL: strbuf_add(b, pick(2) ? "yes" : "no"); break;
	case VALUE_SNUM: strbuf_addf(b, "%d", (int)pick(39) - 20); break;
	case VALUE_MSEC: strbuf_addf(b, "%ums", (unsigned int)number(k)); break;
	case VALUE_PERCENT: strbuf_addf(b, "%u%%", (unsigned int)number(k)); break;
	case VALUE_MODE: strbuf_addf(b, "%o", pick(010000)); break;
	case VALUE_SIGNAL: strbuf_add(b, names_signal(1 + pick(31))); break;
	case VALUE_NAMESPACES: add_namespaces(b); break;
	case VALUE_CAPS: add_blank_list(b, add_cap); break;
	case VALUE_LISTENS: add_socket(b); break;
	case VALUE_DEVICES:
		strbuf_add(b, "/dev");
		add_path(b);
		strbuf_addf(b, " %s", access[pick(3)]);
		break;
	case VALUE_LIMIT:
		if (pick(4) == 0) {
			strbuf_add(b, "infinity");
			break;
		}
		/* fall through */
	default:
		if (names)
			strbuf_add(b, type->names[pick(names)]);
		else
			strbuf_addf(b, "%llu", (unsigned long long)number(k));
	}
	/* clang-format on */
}

/* Lines of a random row, in random order, that has nothing to do with that of keys.def. */
static void random_row(char *text, size_t size)
{
	unsigned int n;
	const struct key *keys = service_keys(&n);
	struct strbuf b;

	strbuf_init(&b, text, size);
	strbuf_add(&b, "ExecStart=/usr/bin/x\n");
	for (unsigned int i = 0, start = pick(n); i < n; i++) {
		const struct key *k = &keys[(start + i * 31) % n];
		uint32_t lines = k->flags & KEY_REPEAT ? pick(4) : pick(2);

		if (k->flags & (KEY_BUILD | KEY_NEED))
			continue;
		for (; lines; lines--) {
			strbuf_addf(&b, "%s=", k->name);
			add_value(&b, k);
			strbuf_add(&b, "\n");
		}
	}
	assert_false(b.full);
}

/* The lines of a section without its header and End=. */
static char *inner(char *section)
{
	char *start = strchr(section, '\n') + 1;
	char *end = strstr(section, "\nEnd=");

	end[1] = '\0';
	return start;
}

static void printed_rows_parse_back_to_the_same_bytes(void **state)
{
	static char text[32768], section[32768];
	static struct service first, second;
	struct err e = ERR_NONE;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		char *body;

		random_row(text, sizeof(text));
		if (service_parse(&first, "row", "random", text, strlen(text), NULL, &e))
			fail_msg("%s\n%s", e.text, text);
		assert_true(service_valid(&first));
		assert_true(service_print(&first, section, sizeof(section)) > 0);
		body = inner(section);
		if (service_parse(&second, "row", "printed", body, strlen(body), NULL, &e))
			fail_msg("%s\n%s", e.text, body);
		assert_memory_equal(&first, &second, sizeof(first));
	}
}

/* The same lines in another order are the same bytes: the pool has its own order. */
static void order_of_lines_does_not_matter(void **state)
{
	static const char a[] = "ExecStart=/usr/bin/x a\nAfter=b\nEtcFiles=/etc/1\nAfter=c\n"
				"EtcFiles=/etc/2 /etc/3\nDescription=d\nSystemCallFilter=@x\n";
	static const char b[] = "SystemCallFilter=@x\nDescription=d\nEtcFiles=/etc/1 /etc/2\n"
				"After=b c\nEtcFiles=/etc/3\nExecStart=/usr/bin/x a\n";
	static struct service first, second;
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(service_parse(&first, "x", "a", a, strlen(a), NULL, &e), 0);
	assert_int_equal(service_parse(&second, "x", "b", b, strlen(b), NULL, &e), 0);
	assert_memory_equal(&first, &second, sizeof(first));
}

static void defaults_are_right(void **state)
{
	unsigned int n;
	const struct key *keys = service_keys(&n);
	static struct service s;
	static struct system_conf y;
	struct record r;

	(void)state;
	service_defaults(&s);
	r = record_of_service(&s);
	for (unsigned int i = 0; i < n; i++) {
		struct setting set = { .key = keys[i].name, .value = keys[i].def };
		struct seen seen = { 0 };
		struct err e = ERR_NONE;

		if (!(keys[i].flags & KEY_NEED) && record_set(&r, &set, &seen, NULL, &e))
			fail_msg("%s: %s", keys[i].name, e.text);
	}
	system_defaults(&y);
	r = record_of_system(&y);
	keys = system_keys(&n);
	for (unsigned int i = 0; i < n; i++) {
		struct setting set = { .key = keys[i].name, .value = keys[i].def };
		struct seen seen = { 0 };
		struct err e = ERR_NONE;

		if (!(keys[i].flags & KEY_NEED) && record_set(&r, &set, &seen, NULL, &e))
			fail_msg("%s: %s", keys[i].name, e.text);
	}
	assert_int_equal(s.memory_max, 32u << 20);
	assert_string_equal(service_list_next(&s, s.syscall_filter, NULL), "@default");
	assert_string_equal(system_str(&y, y.hostname), "jailinit");
	assert_int_equal(s.uid, USER_AUTO);
}

/* An emptied list is not its default. */
static void default_lists_can_be_emptied(void **state)
{
	static const char text[] = "ExecStart=/usr/bin/x\nSystemCallFilter=\n";
	static struct service s;
	struct err e = ERR_NONE;
	char value[64];
	unsigned int k = 0;

	(void)state;
	assert_int_equal(service_parse(&s, "x", "x", text, strlen(text), NULL, &e), 0);
	assert_int_equal(s.syscall_filter.n, 0);
	while (strcmp(service_keys(&(unsigned int){ 0 })[k].name, "SystemCallFilter") != 0)
		k++;
	assert_int_equal(service_print_value(&s, k, 0, value, sizeof(value)), -2);
	assert_int_equal(service_print_value(&s, 1000, 0, value, sizeof(value)), -2);
}

/* A record of a broken process: whatever passes service_valid() can be used without harm. */
static void broken_records_are_refused_or_harmless(void **state)
{
	static char text[32768], section[32768];
	static struct service s, broken;
	struct err e = ERR_NONE;
	unsigned int taken = 0;

	(void)state;
	for (int round = 0; round < 100; round++) {
		random_row(text, sizeof(text));
		assert_int_equal(service_parse(&s, "row", "x", text, strlen(text), NULL, &e), 0);
		for (int i = 0; i < 300; i++) {
			/* Mostly the fields before the pool, where numbers and offsets are. */
			uint32_t at = pick(i % 4 ? offsetof(struct service, pool) : sizeof(s));

			broken = s;
			((unsigned char *)&broken)[at] ^= (unsigned char)(1 + pick(255));
			if (!service_valid(&broken))
				continue;
			taken++;
			assert_true(service_print(&broken, section, sizeof(section)) > 0);
		}
	}
	assert_true(taken > 0);
	memset(&broken, 0, sizeof(broken));
	assert_false(service_valid(&broken));
	memset(&broken, 0xff, sizeof(broken));
	assert_false(service_valid(&broken));
	service_defaults(&broken);
	strcpy(broken.name, "no-program");
	assert_false(service_valid(&broken));
}

/* FNV-1a has published values; these say that no build ever renumbers a user. */
static void automatic_uids_stay_what_they_are(void **state)
{
	(void)state;
	assert_int_equal(service_auto_uid(""), UID_AUTO_MIN + 2166136261u % 4336);
	assert_int_equal(service_auto_uid("a"), UID_AUTO_MIN + 0xe40c292cu % 4336);
	assert_int_equal(service_auto_uid("foobar"), UID_AUTO_MIN + 0xbf9cf968u % 4336);
	for (int i = 0; i < 10000; i++) {
		char name[16];
		uint32_t uid;

		snprintf(name, sizeof(name), "s%d", i);
		uid = service_auto_uid(name);
		assert_true(uid >= UID_AUTO_MIN && uid <= UID_AUTO_MAX);
	}
}

static void names_of_numbers(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < CAPS_COUNT; i++)
		assert_int_equal(names_cap_number(names_cap(i)), i);
	assert_null(names_cap(CAPS_COUNT));
	assert_int_equal(names_cap_number("CAP_SYS_TIME"), 25);
	assert_int_equal(names_cap_number("CAP_CHECKPOINT_RESTORE"), 40);
	assert_int_equal(names_cap_number("SYS_TIME"), -1);
	for (unsigned int i = 1; i < 32; i++)
		assert_int_equal(names_signal_number(names_signal(i)), i);
	assert_null(names_signal(0));
	assert_null(names_signal(32));
	assert_int_equal(names_family_number("AF_UNIX"), 1);
	assert_int_equal(names_family_number("AF_NETLINK"), 16);
	assert_int_equal(names_family_number("AF_WHAT"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_right),
		cmocka_unit_test(printed_rows_parse_back_to_the_same_bytes),
		cmocka_unit_test(order_of_lines_does_not_matter),
		cmocka_unit_test(default_lists_can_be_emptied),
		cmocka_unit_test(broken_records_are_refused_or_harmless),
		cmocka_unit_test(automatic_uids_stay_what_they_are),
		cmocka_unit_test(names_of_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
