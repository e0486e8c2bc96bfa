/* SPDX-License-Identifier: MIT */
#ifndef SUPER_SUPER_H
#define SUPER_SUPER_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/service.h"

/*
 * Supervision of one service as pure functions: (service, event, now) -> (new state, effects). No
 * system call, no clock, no other service. The transitions are super/table.def, nothing else.
 */

enum super_state {
	SUPER_STOPPED,	/* not to run: never asked for, or stopped by somebody */
	SUPER_WAITING,	/* to be started as soon as what it comes after is there */
	SUPER_BLOCKED,	/* as WAITING, but something it requires is down */
	SUPER_STARTING, /* launched; exec (oneshot: a good end) not yet seen */
	SUPER_RUNNING,	/* exec succeeded */
	SUPER_STOPPING, /* KillSignal= sent; goes to CLEANING, then to what `after` says */
	SUPER_CLEANING, /* killed; goes to what `after` says once nothing is left of it */
	SUPER_BACKOFF,	/* ended; WAITING again at deadline_ms */
	SUPER_DONE,	/* ended well, and stays down */
	SUPER_FAILED,	/* ended badly, and stays down */
	SUPER_STATES
};

/* What happens to a service. */
enum super_event {
	EVENT_START,	     /* somebody, or the boot, wants it to run */
	EVENT_STOP,	     /* somebody wants it to be down */
	EVENT_RESTART,	     /* down, then up again */
	EVENT_SHUTDOWN,	     /* nothing is started any more; the stop itself is EVENT_STOP */
	EVENT_DEPS_READY,    /* what it comes after is there */
	EVENT_DEPS_UNMET,    /* something it requires is down */
	EVENT_LAUNCH_FAILED, /* the launcher could not be made, or a step of the jail failed */
	EVENT_EXEC_OK,	     /* the program runs */
	EVENT_EXITED,	     /* it ended, with a wait status; the launcher is reaped */
	EVENT_UNSOUND,	     /* its jail is not what its row says */
	EVENT_GONE,	     /* the launcher is reaped and the cgroup is empty */
	EVENT_TIMEOUT,	     /* deadline_ms has come */
	SUPER_EVENTS
};

/* What the caller has to do, in the order of these bits. */
enum super_effect {
	EFFECT_LAUNCH = 1, /* start it; if that fails at once, EVENT_LAUNCH_FAILED */
	EFFECT_SIGNAL = 2, /* KillSignal= to the service; if there is none yet, kill the jail */
	EFFECT_CLEAN = 4,  /* kill the cgroup if anything is in it; EVENT_GONE when nothing is */
	EFFECT_NOTIFY = 8, /* others may wait for this: look at the order again */
	EFFECT_STUCK = 16  /* killed, and still there a second later: say so */
};

/* One service as the supervisor knows it. All zero: stopped, nothing happened yet. */
struct super {
	uint8_t state;	      /* enum super_state */
	uint8_t after;	      /* STOPPING, CLEANING: the state that follows */
	bool closing;	      /* EVENT_SHUTDOWN was seen */
	uint32_t streak;      /* restarts in a row without a healthy run between */
	uint32_t launches;    /* since boot */
	uint64_t launched_ms; /* when it was last launched */
	uint64_t delay_ms;    /* the wait of the next BACKOFF */
	uint64_t
		deadline_ms; /* when EVENT_TIMEOUT is due, 0 = never; the only timer of a service */
};

/*
 * Service @s, a @row of the table, meets @event at @now_ms (any clock that only grows, never 0).
 * @wait_status is read for EVENT_EXITED only (waitpid(2)). Returns effects; an event that means
 * nothing in this state changes nothing.
 */
uint32_t super_step(struct super *s, const struct service *row, enum super_event event,
		    int wait_status, uint64_t now_ms);

/* Is there, or may there be, a process of it (launcher included)? */
bool super_alive(const struct super *s);

/* Will it stay as it is until somebody or another service does something? */
bool super_steady(const struct super *s);

/* "stopped", "waiting", ... */
const char *super_state_name(enum super_state state);

/*
 * The tables for tests and for the diagram in the documentation: where a service in @state goes on
 * input number @input (0 <= input < super_inputs()), and with which effects. Returns false if it
 * stays. SUPER_STATES as *@to: to what `after` says.
 */
bool super_cell(enum super_state state, unsigned int input, enum super_state *to,
		enum super_state *after, uint32_t *effects);
unsigned int super_inputs(void);
const char *super_input_name(unsigned int input);

#endif
