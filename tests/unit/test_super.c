/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>

#include "super/restart.h"
#include "super/super.h"

#define EXIT(code)  ((code) << 8)
#define KILLED(sig) (sig)

static const struct service daemon_row = {
	.name = "daemon",
	.type = TYPE_EXEC,
	.restart = RESTART_ALWAYS,
	.restart_delay_min_ms = 100,
	.restart_delay_max_ms = 1500,
	.restart_reset_ms = 10000,
	.timeout_start_ms = 3000,
	.timeout_stop_ms = 500,
	.kill_signal = SIGTERM,
};

/* Every cell of the table */

static bool alive_state(enum super_state s)
{
	const struct super one = { .state = (uint8_t)s };

	return super_alive(&one);
}

static void each_cell(void (*check)(enum super_state from, unsigned int in, enum super_state to,
				    enum super_state after, uint32_t effects))
{
	enum super_state to, after;
	unsigned int s, in, seen = 0;
	uint32_t effects;

	for (s = 0; s < SUPER_STATES; s++) {
		for (in = 0; in < super_inputs(); in++) {
			if (!super_cell(s, in, &to, &after, &effects))
				continue;
			check(s, in, to, after, effects);
			seen++;
		}
	}
	assert_true(seen > 40);
}

static void check_cell(enum super_state from, unsigned int in, enum super_state to,
		       enum super_state after, uint32_t effects)
{
	bool ends = to == SUPER_STATES;

	/*
	 * A launch, and nothing else, brings a process; only nothing being left of it takes it
	 * away.
	 */
	assert_int_equal(!alive_state(from) && !ends && alive_state(to),
			 (effects & EFFECT_LAUNCH) != 0);
	if (effects & EFFECT_LAUNCH)
		assert_int_equal(to, SUPER_STARTING);
	if (alive_state(from) && (ends || !alive_state(to)))
		assert_string_equal(super_input_name(in), "gone");
	/* Who is asked to end has a process, and a time to do so. */
	if (effects & EFFECT_SIGNAL)
		assert_true(alive_state(from) && to == SUPER_STOPPING);
	if (to == SUPER_CLEANING && from != SUPER_CLEANING)
		assert_true(effects & EFFECT_CLEAN);
	/* What follows is always known, and is a state without a process. */
	if (!ends && (to == SUPER_STOPPING || to == SUPER_CLEANING) &&
	    !(from == SUPER_STOPPING || from == SUPER_CLEANING))
		assert_true(after != SUPER_STATES && !alive_state(after));
	/* Rows that come after this one look at whether it is up, and only then. */
	if ((from == SUPER_RUNNING) != (to == SUPER_RUNNING) && !ends)
		assert_true(effects & EFFECT_NOTIFY);
}

static void test_cells(void **state)
{
	(void)state;
	each_cell(check_cell);
}

/* Stop is heard in every state, and a start in every state that does not lead to one already. */
static void test_rows(void **state)
{
	enum super_state to, after;
	unsigned int s, in;
	uint32_t effects;
	bool stop, shutdown;

	(void)state;
	for (s = 0; s < SUPER_STATES; s++) {
		stop = shutdown = false;
		for (in = 0; in < super_inputs(); in++) {
			if (!super_cell(s, in, &to, &after, &effects))
				continue;
			stop |= !strcmp(super_input_name(in), "stop");
			shutdown |= !strcmp(super_input_name(in), "shutdown");
		}
		assert_int_equal(stop, s != SUPER_STOPPED);
		assert_int_equal(shutdown, s == SUPER_WAITING || s == SUPER_BLOCKED ||
						   s == SUPER_STOPPING || s == SUPER_CLEANING ||
						   s == SUPER_BACKOFF);
	}
}

/*
 * The model: a world that does to a service what the kernel and people can do, in a random order.
 */

struct world {
	struct super s;
	struct service row;
	uint64_t now;
	bool process;  /* the launcher exists */
	bool executed; /* its program runs */
	bool leftover; /* the cgroup is not empty although the launcher is gone */
	bool shutdown;
	bool covered[SUPER_STATES][SUPER_EVENTS];
	uint32_t launches;
};

static uint32_t seed = 1;

static uint32_t dice(uint32_t sides)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % sides;
}

static bool timed(enum super_state s)
{
	return s == SUPER_STARTING || s == SUPER_STOPPING || s == SUPER_CLEANING ||
	       s == SUPER_BACKOFF;
}

static void step(struct world *w, enum super_event event, int status)
{
	struct super before = w->s;
	uint32_t effects;

	w->covered[w->s.state][event] = true;
	effects = super_step(&w->s, &w->row, event, status, w->now);

	if (effects & EFFECT_LAUNCH) {
		assert_false(w->process);
		assert_false(w->leftover);
		assert_false(w->shutdown);
		w->launches++;
		w->executed = false;
		w->process = dice(8) != 0;
	}
	if (effects & EFFECT_SIGNAL)
		assert_true(w->process);
	assert_true(!(w->process || w->leftover) || super_alive(&w->s));
	assert_int_equal(w->s.deadline_ms != 0, timed(w->s.state));
	assert_true(w->s.delay_ms <= w->row.restart_delay_max_ms);
	assert_int_equal(w->s.launches, w->launches);
	/* A deadline is not pushed away by what does not change the state. */
	if (w->s.state == before.state && event != EVENT_TIMEOUT)
		assert_int_equal(w->s.deadline_ms, before.deadline_ms);
	if ((effects & EFFECT_LAUNCH) && !w->process)
		step(w, EVENT_LAUNCH_FAILED, 0);
	if (w->s.state == SUPER_CLEANING && !w->process && !w->leftover)
		step(w, EVENT_GONE, 0);
}

static int any_status(void)
{
	static const int all[] = { EXIT(0),	    EXIT(1),	     EXIT(42),
				   KILLED(SIGTERM), KILLED(SIGSEGV), KILLED(SIGKILL) };

	return all[dice(sizeof(all) / sizeof(all[0]))];
}

/* The launcher is reaped. */
static void process_ends(struct world *w, bool leftover)
{
	w->process = false;
	w->leftover = leftover;
	step(w, EVENT_EXITED, any_status());
}

/* One thing that the kernel may do now; false if there is none but to wait for the timer. */
static bool nature(struct world *w)
{
	if (w->leftover && dice(2)) {
		w->leftover = false;
		step(w, EVENT_GONE, 0);
		return true;
	}
	if (!w->process || dice(4) == 0)
		return false;
	if (!w->executed && dice(4) == 0) {
		step(w, EVENT_LAUNCH_FAILED, 0);
	} else if (!w->executed && dice(2)) {
		w->executed = true;
		step(w, EVENT_EXEC_OK, 0);
	} else if (dice(3) == 0) {
		process_ends(w, dice(4) == 0);
	}
	return true;
}

static void time_passes(struct world *w)
{
	w->now += dice(4000);
	if (w->s.deadline_ms && w->s.deadline_ms <= w->now)
		step(w, EVENT_TIMEOUT, 0);
}

static void people(struct world *w)
{
	static const enum super_event all[] = { EVENT_START,	  EVENT_STOP,
						EVENT_RESTART,	  EVENT_DEPS_READY,
						EVENT_DEPS_READY, EVENT_DEPS_READY,
						EVENT_DEPS_UNMET };

	step(w, all[dice(sizeof(all) / sizeof(all[0]))], 0);
}

static void begin(struct world *w)
{
	memset(&w->s, 0, sizeof(w->s));
	w->row = daemon_row;
	w->row.type = (uint8_t)(dice(4) == 0);
	w->row.restart = (uint8_t)dice(RESTART_ALWAYS + 1);
	w->process = w->executed = w->leftover = w->shutdown = false;
	w->launches = 0;
	w->now = 1000 + dice(100000);
}

/* Nothing is asked for any more but this; a killed process ends sooner or later. */
static void settle(struct world *w, enum super_event wish)
{
	unsigned int n;

	step(w, wish, 0);
	for (n = 0; n < 200 && (super_alive(&w->s) || w->s.state == SUPER_BACKOFF); n++) {
		if (w->s.state == SUPER_CLEANING || w->s.state == SUPER_STOPPING) {
			if (w->process)
				process_ends(w, false);
			else if (w->leftover) {
				w->leftover = false;
				step(w, EVENT_GONE, 0);
			}
		} else {
			time_passes(w);
		}
	}
}

static void test_random(void **state)
{
	static struct world w;
	unsigned int round, n;

	(void)state;
	for (round = 0; round < 20000; round++) {
		begin(&w);
		for (n = 0; n < 60; n++) {
			if (dice(3) == 0)
				people(&w);
			else if (!nature(&w))
				time_passes(&w);
			if (dice(200) == 0) {
				w.shutdown = true;
				step(&w, EVENT_SHUTDOWN, 0);
			}
		}
		settle(&w, EVENT_STOP);
		assert_int_equal(w.s.state, SUPER_STOPPED);
	}
	/* Every state met every event that can come in it. */
	for (n = 0; n < SUPER_STATES; n++) {
		assert_true(w.covered[n][EVENT_START] && w.covered[n][EVENT_STOP] &&
			    w.covered[n][EVENT_RESTART]);
		assert_true(w.covered[n][EVENT_SHUTDOWN] && w.covered[n][EVENT_DEPS_READY]);
	}
	assert_true(w.covered[SUPER_CLEANING][EVENT_TIMEOUT] &&
		    w.covered[SUPER_CLEANING][EVENT_EXITED]);
}

/* A start that nobody takes back comes to a launch, whatever happened before. */
static void test_start_is_not_lost(void **state)
{
	static struct world w;
	unsigned int round, n;
	uint32_t before;

	(void)state;
	for (round = 0; round < 5000; round++) {
		begin(&w);
		for (n = 0; n < dice(40); n++) {
			if (dice(3) == 0)
				people(&w);
			else if (!nature(&w))
				time_passes(&w);
		}
		settle(&w, EVENT_STOP);
		before = w.launches;
		step(&w, EVENT_START, 0);
		step(&w, EVENT_DEPS_UNMET, 0);
		step(&w, EVENT_DEPS_READY, 0);
		assert_int_equal(w.launches, before + 1);
	}
}

/* Single stories */

static struct super started(uint64_t now)
{
	struct super s = { 0 };

	assert_int_equal(super_step(&s, &daemon_row, EVENT_START, 0, now), EFFECT_NOTIFY);
	assert_int_equal(super_step(&s, &daemon_row, EVENT_DEPS_READY, 0, now), EFFECT_LAUNCH);
	super_step(&s, &daemon_row, EVENT_EXEC_OK, 0, now);
	assert_int_equal(s.state, SUPER_RUNNING);
	return s;
}

static void end_now(struct super *s, uint64_t now)
{
	assert_true(super_step(s, &daemon_row, EVENT_EXITED, EXIT(1), now) & EFFECT_CLEAN);
	super_step(s, &daemon_row, EVENT_GONE, 0, now);
	assert_int_equal(s->state, SUPER_BACKOFF);
}

static void again(struct super *s, uint64_t now)
{
	super_step(s, &daemon_row, EVENT_TIMEOUT, 0, now);
	super_step(s, &daemon_row, EVENT_DEPS_READY, 0, now);
	super_step(s, &daemon_row, EVENT_EXEC_OK, 0, now);
	assert_int_equal(s->state, SUPER_RUNNING);
}

static void test_backoff(void **state)
{
	static const uint64_t wanted[] = { 0, 100, 200, 400, 800, 1500, 1500, 1500 };
	struct super s = started(1000);
	uint64_t now = 1000;
	unsigned int n;

	(void)state;
	for (n = 0; n < sizeof(wanted) / sizeof(wanted[0]); n++) {
		end_now(&s, ++now);
		assert_int_equal(s.deadline_ms - now, wanted[n]);
		now = s.deadline_ms;
		again(&s, now);
	}
	/* A healthy run, and the next restart is immediate again. */
	now += daemon_row.restart_reset_ms;
	end_now(&s, now);
	assert_int_equal(s.deadline_ms, now);
	assert_int_equal(s.launches, 1 + n);
}

static void test_asked_while_stopping(void **state)
{
	struct super s = started(1000);

	(void)state;
	assert_true(super_step(&s, &daemon_row, EVENT_STOP, 0, 2000) & EFFECT_SIGNAL);
	assert_int_equal(s.deadline_ms, 2500);
	assert_int_equal(super_step(&s, &daemon_row, EVENT_START, 0, 2100), 0);
	assert_int_equal(s.deadline_ms, 2500);
	assert_true(super_step(&s, &daemon_row, EVENT_TIMEOUT, 0, 2500) & EFFECT_CLEAN);
	super_step(&s, &daemon_row, EVENT_EXITED, KILLED(SIGKILL), 2501);
	super_step(&s, &daemon_row, EVENT_GONE, 0, 2501);
	assert_int_equal(s.state, SUPER_WAITING);
	super_step(&s, &daemon_row, EVENT_STOP, 0, 2502);
	assert_int_equal(s.state, SUPER_STOPPED);
}

static void test_killed_and_still_there(void **state)
{
	struct super s = started(1000);

	(void)state;
	super_step(&s, &daemon_row, EVENT_STOP, 0, 2000);
	super_step(&s, &daemon_row, EVENT_TIMEOUT, 0, 2500);
	assert_int_equal(s.deadline_ms, 3500);
	assert_int_equal(super_step(&s, &daemon_row, EVENT_TIMEOUT, 0, 3500),
			 EFFECT_CLEAN | EFFECT_STUCK);
	assert_int_equal(s.deadline_ms, 4500);
}

/* A start that took too long counts once, also though the end of its process is seen later. */
static void test_late_start(void **state)
{
	struct super s = { 0 };
	uint64_t now = 1000, delay;

	(void)state;
	super_step(&s, &daemon_row, EVENT_START, 0, now);
	for (delay = 0; delay <= 200; delay += 100) {
		super_step(&s, &daemon_row, EVENT_DEPS_READY, 0, now);
		assert_int_equal(s.deadline_ms, now + daemon_row.timeout_start_ms);
		now = s.deadline_ms;
		assert_int_equal(super_step(&s, &daemon_row, EVENT_TIMEOUT, 0, now), EFFECT_SIGNAL);
		super_step(&s, &daemon_row, EVENT_EXITED, KILLED(SIGTERM), ++now);
		super_step(&s, &daemon_row, EVENT_GONE, 0, ++now);
		assert_int_equal(s.state, SUPER_BACKOFF);
		assert_int_equal(s.deadline_ms - now, delay);
		now = s.deadline_ms;
		super_step(&s, &daemon_row, EVENT_TIMEOUT, 0, now);
	}
}

static void test_oneshot(void **state)
{
	struct service row = daemon_row;
	struct super s = { 0 };

	(void)state;
	row.type = TYPE_ONESHOT;
	row.restart = RESTART_ON_FAILURE;
	super_step(&s, &row, EVENT_START, 0, 1);
	super_step(&s, &row, EVENT_DEPS_READY, 0, 1);
	assert_int_equal(super_step(&s, &row, EVENT_EXEC_OK, 0, 2), 0);
	assert_int_equal(s.state, SUPER_STARTING);
	super_step(&s, &row, EVENT_EXITED, EXIT(0), 3);
	super_step(&s, &row, EVENT_GONE, 0, 3);
	assert_int_equal(s.state, SUPER_DONE);
	/* A signal, even SIGTERM, means that its work was not done. */
	assert_int_equal(restart_classify(&row, KILLED(SIGTERM)), END_SIGNAL);
	row.type = TYPE_EXEC;
	assert_int_equal(restart_classify(&row, KILLED(SIGTERM)), END_CLEAN);
}

/* systemd.service(5), the table of Restart=. */
static void test_restart_table(void **state)
{
	static const struct {
		uint8_t restart;
		bool clean, code, signal, timeout;
	} rows[] = {
		{ RESTART_NO, false, false, false, false },
		{ RESTART_ALWAYS, true, true, true, true },
		{ RESTART_ON_SUCCESS, true, false, false, false },
		{ RESTART_ON_FAILURE, false, true, true, true },
		{ RESTART_ON_ABNORMAL, false, false, true, true },
		{ RESTART_ON_ABORT, false, false, true, false },
	};
	struct service row = daemon_row;
	unsigned int n;

	(void)state;
	for (n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		row.restart = rows[n].restart;
		assert_int_equal(restart_wanted(&row, restart_classify(&row, EXIT(0))),
				 rows[n].clean);
		assert_int_equal(restart_wanted(&row, restart_classify(&row, KILLED(SIGPIPE))),
				 rows[n].clean);
		assert_int_equal(restart_wanted(&row, restart_classify(&row, EXIT(3))),
				 rows[n].code);
		assert_int_equal(restart_wanted(&row, END_LAUNCH), rows[n].code);
		assert_int_equal(restart_wanted(&row, restart_classify(&row, KILLED(SIGSEGV))),
				 rows[n].signal);
		assert_int_equal(restart_wanted(&row, END_TIMEOUT), rows[n].timeout);
	}
}

static void test_data_check(void **state)
{
	struct service row = daemon_row;

	(void)state;
	row.type = TYPE_ONESHOT;
	row.duty = DUTY_DATA_CHECK;
	assert_int_equal(restart_classify(&row, EXIT(1)), END_CLEAN);
	assert_int_equal(restart_classify(&row, EXIT(4)), END_CODE);
	assert_false(restart_wanted(&row, END_CODE));
}

static void test_no_delay_is_no_loop(void **state)
{
	struct service row = daemon_row;

	(void)state;
	row.restart_delay_min_ms = 0;
	assert_int_equal(restart_delay_ms(&row, 0), 0);
	assert_int_equal(restart_delay_ms(&row, 1), 1);
	assert_int_equal(restart_delay_ms(&row, 5), 16);
	assert_int_equal(restart_delay_ms(&row, UINT32_MAX), 1500);
	row.restart_delay_min_ms = 3600000;
	row.restart_delay_max_ms = UINT32_MAX;
	assert_int_equal(restart_delay_ms(&row, 200), UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_start_is_not_lost),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_asked_while_stopping),
		cmocka_unit_test(test_killed_and_still_there),
		cmocka_unit_test(test_late_start),
		cmocka_unit_test(test_oneshot),
		cmocka_unit_test(test_restart_table),
		cmocka_unit_test(test_data_check),
		cmocka_unit_test(test_no_delay_is_no_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
