/* SPDX-License-Identifier: MIT */
#include "super/super.h"

#include <stddef.h>

#include "super/restart.h"

/*
 * A kill that did not empty the cgroup is repeated (and told) this often: a process may sit in the
 * kernel.
 */
#define CLEAN_RETRY_MS 1000

/* The columns of the table: events, some of them told apart by what Restart= makes of them. */
enum input {
	INPUT_START,
	INPUT_STOP,
	INPUT_RESTART,
	INPUT_SHUTDOWN,
	INPUT_READY,
	INPUT_UNMET,
	INPUT_UP,
	INPUT_AGAIN,
	INPUT_DONE,
	INPUT_FAILED,
	INPUT_LATE_AGAIN,
	INPUT_LATE_FAILED,
	INPUT_UNSOUND,
	INPUT_GONE,
	INPUT_TIMEOUT,
	INPUTS,
	INPUT_NONE = INPUTS
};

static const char *const input_names[INPUTS] = { "start",   "stop",   "restart",    "shutdown",
						 "ready",   "unmet",  "up",	    "again",
						 "done",    "failed", "late again", "late failed",
						 "unsound", "gone",   "timeout" };

static const char *const state_names[SUPER_STATES] = { "stopped",  "waiting", "blocked",
						       "starting", "running", "stopping",
						       "cleaning", "backoff", "done",
						       "failed" };

enum { SUPER_AFTER = SUPER_STATES, SUPER_KEEP = SUPER_STATES, EFFECT_NONE = 0 };

struct cell {
	bool used;
	uint8_t to;    /* SUPER_AFTER: what `after` says */
	uint8_t after; /* SUPER_KEEP: unchanged */
	uint8_t effects;
};

/* Effects are written without their prefix in table.def; these names live for that file alone. */
enum {
	LAUNCH = EFFECT_LAUNCH,
	SIGNAL = EFFECT_SIGNAL,
	CLEAN = EFFECT_CLEAN,
	NOTIFY = EFFECT_NOTIFY,
	STUCK = EFFECT_STUCK,
	NONE = EFFECT_NONE
};

static const struct cell cells[SUPER_STATES][INPUTS] = {
#define CELL(state, input, next, then, eff)                                                        \
	[SUPER_##state][INPUT_##input] = { true, SUPER_##next, SUPER_##then, (eff) },
#include "super/table.def"
#undef CELL
};

/*
 * What a run's end means for a service in this state; counts the streak that the delay grows with.
 */
static enum input judge_end(struct super *s, const struct service *row, enum run_end end,
			    uint64_t now_ms)
{
	if (s->closing || !restart_wanted(row, end))
		return end == END_CLEAN ? INPUT_DONE : INPUT_FAILED;
	if (s->state == SUPER_STOPPING)
		return INPUT_AGAIN;
	if (now_ms - s->launched_ms >= row->restart_reset_ms)
		s->streak = 0;
	s->delay_ms = restart_delay_ms(row, s->streak);
	if (s->streak < UINT32_MAX)
		s->streak++;
	return INPUT_AGAIN;
}

static enum input judge_timeout(struct super *s, const struct service *row, uint64_t now_ms)
{
	if (s->state != SUPER_STARTING)
		return INPUT_TIMEOUT;
	return judge_end(s, row, END_TIMEOUT, now_ms) == INPUT_AGAIN ? INPUT_LATE_AGAIN
								     : INPUT_LATE_FAILED;
}

static bool can_end(const struct super *s)
{
	return s->state == SUPER_STARTING || s->state == SUPER_RUNNING ||
	       s->state == SUPER_STOPPING;
}

static enum input judge(struct super *s, const struct service *row, enum super_event event,
			int wait_status, uint64_t now_ms)
{
	switch (event) {
	case EVENT_START:
		return s->closing ? INPUT_NONE : INPUT_START;
	case EVENT_RESTART:
		return s->closing ? INPUT_NONE : INPUT_RESTART;
	case EVENT_STOP:
		return INPUT_STOP;
	case EVENT_SHUTDOWN:
		s->closing = true;
		return INPUT_SHUTDOWN;
	case EVENT_DEPS_READY:
		return INPUT_READY;
	case EVENT_DEPS_UNMET:
		return INPUT_UNMET;
	case EVENT_LAUNCH_FAILED:
		return s->state == SUPER_STARTING || s->state == SUPER_STOPPING
			       ? judge_end(s, row, END_LAUNCH, now_ms)
			       : INPUT_NONE;
	case EVENT_EXEC_OK:
		/* A oneshot has started once it has ended well. */
		return row->type == TYPE_ONESHOT ? INPUT_NONE : INPUT_UP;
	case EVENT_EXITED:
		return can_end(s) ? judge_end(s, row, restart_classify(row, wait_status), now_ms)
				  : INPUT_NONE;
	case EVENT_UNSOUND:
		return INPUT_UNSOUND;
	case EVENT_GONE:
		return INPUT_GONE;
	case EVENT_TIMEOUT:
		s->deadline_ms = 0;
		return judge_timeout(s, row, now_ms);
	case SUPER_EVENTS:
	default:
		return INPUT_NONE;
	}
}

/* The one timer of the state that is entered. */
static void arm(struct super *s, const struct service *row, uint64_t now_ms)
{
	switch (s->state) {
	case SUPER_STARTING:
		s->deadline_ms = now_ms + row->timeout_start_ms;
		break;
	case SUPER_STOPPING:
		s->deadline_ms = now_ms + row->timeout_stop_ms;
		break;
	case SUPER_CLEANING:
		s->deadline_ms = now_ms + CLEAN_RETRY_MS;
		break;
	case SUPER_BACKOFF:
		s->deadline_ms = now_ms + s->delay_ms;
		break;
	default:
		s->deadline_ms = 0;
		break;
	}
}

uint32_t super_step(struct super *s, const struct service *row, enum super_event event,
		    int wait_status, uint64_t now_ms)
{
	enum input in = judge(s, row, event, wait_status, now_ms);
	const struct cell *c;
	uint8_t old = s->state;

	if (in == INPUT_NONE || !cells[s->state][in].used)
		return 0;
	c = &cells[s->state][in];
	s->state = c->to == SUPER_AFTER ? s->after : c->to;
	if (c->after != SUPER_KEEP)
		s->after = c->after;
	/* Who asks for a start by hand does not wait for what happened before. */
	if (in == INPUT_START || in == INPUT_RESTART)
		s->streak = 0;
	if (c->effects & EFFECT_LAUNCH) {
		s->launched_ms = now_ms;
		s->launches++;
	}
	if (s->state != old || s->deadline_ms == 0)
		arm(s, row, now_ms);
	return c->effects;
}

bool super_alive(const struct super *s)
{
	return can_end(s) || s->state == SUPER_CLEANING;
}

bool super_steady(const struct super *s)
{
	return s->state == SUPER_STOPPED || s->state == SUPER_BLOCKED ||
	       s->state == SUPER_RUNNING || s->state == SUPER_DONE || s->state == SUPER_FAILED;
}

const char *super_state_name(enum super_state state)
{
	return state < SUPER_STATES ? state_names[state] : "?";
}

bool super_cell(enum super_state state, unsigned int input, enum super_state *to,
		enum super_state *after, uint32_t *effects)
{
	const struct cell *c;

	if (state >= SUPER_STATES || input >= INPUTS || !cells[state][input].used)
		return false;
	c = &cells[state][input];
	*to = c->to;
	*after = c->after;
	*effects = c->effects;
	return true;
}

unsigned int super_inputs(void)
{
	return INPUTS;
}

const char *super_input_name(unsigned int input)
{
	return input < INPUTS ? input_names[input] : "?";
}
