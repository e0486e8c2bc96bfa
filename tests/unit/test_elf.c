/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gen/elf.h"
#include "gen/file.h"

/* The reader of foreign programs: this test's own program is one, and so is every damaged copy of it. */

static char *data;
static size_t len;

static int read_self(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	data = file_read("/proc/self/exe", &len, &e);
	return data ? 0 : -1;
}

static int drop_self(void **state)
{
	(void)state;
	free(data);
	return 0;
}

static void reads_a_program(void **state)
{
	struct elf_needs needs;
	struct err e = ERR_NONE;
	bool libc = false;

	(void)state;
	assert_int_equal(elf_read(data, len, &needs, &e), 0);
	assert_int_equal(needs.bits, 8 * sizeof(void *));
	assert_non_null(needs.interpreter);
	for (unsigned int i = 0; i < needs.n_needed; i++)
		libc = libc || !strcmp(needs.needed[i], "libc.so.6");
	assert_true(libc);
}

/* Only the first part has what is read; a copy of exactly that size shows any step too far. */
static void cut(void **state)
{
	struct elf_needs needs;
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(elf_read("", 0, &needs, &e), -ENOEXEC);
	assert_int_equal(elf_read("#!/bin/sh\n..........", 20, &needs, &e), -ENOEXEC);
	for (size_t n = 0; n < 2048 && n < len; n++) {
		char *copy = malloc(n ? n : 1);

		memcpy(copy, data, n);
		assert_true(elf_read(copy, n, &needs, &e) < 0 || needs.n_needed == 0);
		free(copy);
	}
}

static void damaged(void **state)
{
	struct elf_needs needs;
	struct err e = ERR_NONE;
	uint64_t seed = 3;
	char *copy = malloc(len);

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t at;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		/* The headers, and every now and then anything. */
		at = (seed >> 33) % (round % 8 ? 1024 : len);
		memcpy(copy, data, round % 8 ? 1024 : len);
		if (round == 0)
			memcpy(copy, data, len);
		copy[at] = (char)(seed >> 24);
		elf_read(copy, len, &needs, &e);
		for (unsigned int i = 0; i < needs.n_needed; i++)
			assert_true(strlen(needs.needed[i]) < len);
		copy[at] = data[at];
	}
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_program),
		cmocka_unit_test(cut),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, read_self, drop_self);
}
