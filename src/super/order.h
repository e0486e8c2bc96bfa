/* SPDX-License-Identifier: MIT */
#ifndef SUPER_ORDER_H
#define SUPER_ORDER_H

#include "base/err.h"
#include "conf/table.h"
#include "super/super.h"

/* Who comes after whom, as sets of rows (bit n = row n). Made once from the table. */
struct order {
	uint64_t after[SERVICES_MAX];	 /* After= and Requires= */
	uint64_t requires[SERVICES_MAX]; /* Requires= */
	uint64_t after_data;	/* rows with After=data, Requires=data or a StateDirectory= */
	uint64_t requires_data; /* Requires=data, or a StateDirectory= that may not be in memory */
	uint64_t requires_lost; /* Requires= names a row that is not (or no longer) in the table */
	uint64_t log_keeper; /* Duty=log: stopped last, so that the others' last words are kept */
};

_Static_assert(SERVICES_MAX <= 64, "a set of rows is a u64");

/* Something that comes once in a boot: /firmware, /data. */
enum order_place { PLACE_PENDING, PLACE_HERE, PLACE_MISSING };

/* Where everything is at this moment. */
struct order_now {
	uint64_t up;	 /* running, or a oneshot that did its work */
	uint64_t coming; /* on their way, or between two runs without a wait */
	uint64_t late;	 /* backing off */
	uint64_t alive;	 /* there may be a process */
	enum order_place firmware, data;
};

enum order_verdict {
	ORDER_WAIT,  /* something it comes after is still on its way */
	ORDER_READY, /* may be started */
	ORDER_UNMET  /* something it requires is down */
};

/*
 * Read the names of After= and Requires= into sets. A name that no row has (a damaged table) can be
 * no order, but a requirement that is never met.
 */
void order_init(struct order *o, const struct table *t);

/* Put row @i, in the state of @s, into the sets of @now (all zero before the first). */
void order_note(struct order_now *now, unsigned int i, const struct super *s);

/*
 * May row @i be started? After=: the other has had its turn: it is up, or down for good, or it
 * failed and waits for its next try (it may never come up, and order is no requirement). Requires=:
 * the other is up. No row starts without the firmware: that is where its view is. For ORDER_UNMET,
 * @e says what is missing and what to do.
 */
enum order_verdict order_start(const struct order *o, const struct order_now *now,
			       const struct table *t, unsigned int i, struct err *e);

/* In the orderly stop: is nothing alive any more that comes after row @i? */
bool order_stop(const struct order *o, const struct order_now *now, unsigned int i);

#endif
