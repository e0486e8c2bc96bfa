/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "super/order.h"

/* The rows of the tests, in this order. */
enum { ALPHA, BETA, GAMMA, DELTA, KEEPER, ROWS };

struct bench {
	struct table t;
	struct order o;
	struct order_now now;
	struct super s[ROWS];
};

static struct bench *b;

static void add(unsigned int i, const char *name, const char *text)
{
	struct err e = ERR_NONE;
	char whole[512];

	snprintf(whole, sizeof(whole), "ExecStart=/usr/bin/x\n%s", text);
	if (service_parse(&b->t.service[i], name, "test", whole, strlen(whole), NULL, &e))
		fail_msg("%s", e.text);
}

static int setup(void **state)
{
	b = calloc(1, sizeof(*b));
	*state = b;
	b->t.n = ROWS;
	add(ALPHA, "alpha", "");
	add(BETA, "beta", "After=alpha\n");
	add(GAMMA, "gamma", "Requires=alpha\n");
	add(DELTA, "delta", "StateDirectory=delta\n");
	add(KEEPER, "keeper", "Duty=log\n");
	b->now.firmware = b->now.data = PLACE_HERE;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void look(void)
{
	unsigned int i;

	order_init(&b->o, &b->t);
	b->now.up = b->now.coming = b->now.late = b->now.alive = 0;
	for (i = 0; i < ROWS; i++)
		order_note(&b->now, i, &b->s[i]);
}

static enum order_verdict verdict(unsigned int i)
{
	struct err e = ERR_NONE;
	enum order_verdict v;

	look();
	v = order_start(&b->o, &b->now, &b->t, i, &e);
	assert_int_equal(v == ORDER_UNMET, e.num != 0);
	return v;
}

/* What a row that comes after alpha may do, by alpha's state. */
static void test_after_and_requires(void **state)
{
	static const struct {
		enum super_state alpha, then;
		uint64_t delay_ms;
		enum order_verdict after, requires;
	} rows[] = {
		{ SUPER_STOPPED, 0, 0, ORDER_READY, ORDER_UNMET },
		{ SUPER_WAITING, 0, 0, ORDER_WAIT, ORDER_WAIT },
		{ SUPER_BLOCKED, 0, 0, ORDER_READY, ORDER_UNMET },
		{ SUPER_STARTING, 0, 0, ORDER_WAIT, ORDER_WAIT },
		{ SUPER_RUNNING, 0, 0, ORDER_READY, ORDER_READY },
		{ SUPER_STOPPING, SUPER_STOPPED, 0, ORDER_READY, ORDER_UNMET },
		{ SUPER_STOPPING, SUPER_WAITING, 0, ORDER_WAIT, ORDER_WAIT },
		{ SUPER_CLEANING, SUPER_DONE, 0, ORDER_WAIT, ORDER_WAIT },
		{ SUPER_CLEANING, SUPER_FAILED, 0, ORDER_READY, ORDER_UNMET },
		{ SUPER_BACKOFF, 0, 0, ORDER_WAIT, ORDER_WAIT },
		{ SUPER_BACKOFF, 0, 100, ORDER_READY, ORDER_WAIT },
		{ SUPER_DONE, 0, 0, ORDER_READY, ORDER_READY },
		{ SUPER_FAILED, 0, 0, ORDER_READY, ORDER_UNMET },
	};
	unsigned int n;

	(void)state;
	for (n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		b->s[ALPHA] = (struct super){ .state = (uint8_t)rows[n].alpha,
					      .after = (uint8_t)rows[n].then,
					      .delay_ms = rows[n].delay_ms };
		assert_int_equal(verdict(BETA), rows[n].after);
		assert_int_equal(verdict(GAMMA), rows[n].requires);
		assert_int_equal(verdict(ALPHA), ORDER_READY);
	}
}

static void test_firmware(void **state)
{
	(void)state;
	b->now.firmware = PLACE_PENDING;
	assert_int_equal(verdict(ALPHA), ORDER_WAIT);
	b->now.firmware = PLACE_MISSING;
	assert_int_equal(verdict(ALPHA), ORDER_UNMET);
	b->now.firmware = PLACE_HERE;
	assert_int_equal(verdict(ALPHA), ORDER_READY);
}

/*
 * Who has a StateDirectory= comes after /data without saying so, and needs it unless it may be in
 * memory.
 */
static void test_data(void **state)
{
	(void)state;
	b->now.data = PLACE_PENDING;
	assert_int_equal(verdict(ALPHA), ORDER_READY);
	assert_int_equal(verdict(DELTA), ORDER_WAIT);
	b->now.data = PLACE_MISSING;
	assert_int_equal(verdict(DELTA), ORDER_UNMET);
	b->t.service[DELTA].state_volatile = true;
	assert_int_equal(verdict(DELTA), ORDER_READY);
	add(BETA, "beta", "After=data\n");
	assert_int_equal(verdict(BETA), ORDER_READY);
	add(BETA, "beta", "Requires=data\n");
	assert_int_equal(verdict(BETA), ORDER_UNMET);
	b->now.data = PLACE_HERE;
	assert_int_equal(verdict(BETA), ORDER_READY);
}

/* A damaged table: the row that is meant is not there. */
static void test_lost_names(void **state)
{
	(void)state;
	add(BETA, "beta", "After=nobody\n");
	assert_int_equal(verdict(BETA), ORDER_READY);
	add(BETA, "beta", "Requires=nobody\n");
	assert_int_equal(verdict(BETA), ORDER_UNMET);
}

static void test_stop(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ROWS; i++)
		b->s[i].state = SUPER_RUNNING;
	look();
	assert_false(order_stop(&b->o, &b->now, ALPHA));
	assert_true(order_stop(&b->o, &b->now, BETA));
	assert_true(order_stop(&b->o, &b->now, GAMMA));
	assert_false(order_stop(&b->o, &b->now, KEEPER));
	b->s[BETA].state = SUPER_STOPPED;
	b->s[GAMMA].state = SUPER_CLEANING;
	look();
	assert_false(order_stop(&b->o, &b->now, ALPHA));
	b->s[GAMMA].state = SUPER_BACKOFF;
	look();
	assert_true(order_stop(&b->o, &b->now, ALPHA));
	b->s[ALPHA].state = b->s[DELTA].state = SUPER_DONE;
	look();
	assert_true(order_stop(&b->o, &b->now, KEEPER));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_after_and_requires, setup, teardown),
		cmocka_unit_test_setup_teardown(test_firmware, setup, teardown),
		cmocka_unit_test_setup_teardown(test_data, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
