/* SPDX-License-Identifier: MIT */
#include "super/order.h"

#include <errno.h>
#include <string.h>

#define BIT(i) (UINT64_C(1) << (i))

struct names {
	uint64_t rows;
	bool data;
	bool lost;
};

static struct names resolve(const struct table *t, const struct service *s, struct strlist list)
{
	struct names found = { 0 };
	const char *name = NULL;
	int i;

	while ((name = service_list_next(s, list, name))) {
		i = table_find(t, name);
		if (i >= 0)
			found.rows |= BIT(i);
		else if (!strcmp(name, "data"))
			found.data = true;
		else
			found.lost = true;
	}
	return found;
}

void order_init(struct order *o, const struct table *t)
{
	struct names after, requires;
	const struct service *s;
	unsigned int i;
	bool state;

	memset(o, 0, sizeof(*o));
	for (i = 0; i < t->n; i++) {
		s = &t->service[i];
		after = resolve(t, s, s->after);
		requires = resolve(t, s, s->requires);
		state = *service_str(s, s->state_directory) != '\0';
		o->requires[i] = requires.rows;
		o->after[i] = after.rows | requires.rows;
		if (requires.data || (state && !s->state_volatile))
			o->requires_data |= BIT(i);
		if (after.data || requires.data || state)
			o->after_data |= BIT(i);
		if (requires.lost)
			o->requires_lost |= BIT(i);
		if (s->duty == DUTY_LOG)
			o->log_keeper |= BIT(i);
	}
}

void order_note(struct order_now *now, unsigned int i, const struct super *s)
{
	uint64_t bit = BIT(i);

	if (super_alive(s))
		now->alive |= bit;
	switch ((enum super_state)s->state) {
	case SUPER_RUNNING:
	case SUPER_DONE:
		now->up |= bit;
		break;
	case SUPER_BACKOFF:
		if (s->delay_ms > 0)
			now->late |= bit;
		else
			now->coming |= bit;
		break;
	case SUPER_WAITING:
	case SUPER_STARTING:
		now->coming |= bit;
		break;
	case SUPER_STOPPING:
	case SUPER_CLEANING:
		if (s->after == SUPER_WAITING || s->after == SUPER_BACKOFF ||
		    s->after == SUPER_DONE)
			now->coming |= bit;
		break;
	case SUPER_STOPPED:
	case SUPER_BLOCKED:
	case SUPER_FAILED:
	case SUPER_STATES:
	default:
		break;
	}
}

static enum order_verdict check_places(const struct order *o, const struct order_now *now,
				       unsigned int i, struct err *e)
{
	if (now->firmware == PLACE_MISSING) {
		err_set(e, ENODEV,
			"the firmware is not mounted, and no jail can be built without it; "
			"look at FirmwareDevice= and at the lines about it above");
		return ORDER_UNMET;
	}
	if (now->data == PLACE_MISSING && (o->requires_data & BIT(i))) {
		err_set(e, ENODEV,
			"needs /data, which could not be mounted; mend DataDevice=, or let it run "
			"with an empty StateDirectory= in memory (StateVolatile=yes)");
		return ORDER_UNMET;
	}
	if (o->requires_lost & BIT(i)) {
		err_set(e, ENOENT,
			"Requires= names a service that is not in the table, which is damaged; "
			"install a sound firmware");
		return ORDER_UNMET;
	}
	if (now->firmware == PLACE_PENDING ||
	    (now->data == PLACE_PENDING && (o->after_data & BIT(i))))
		return ORDER_WAIT;
	return ORDER_READY;
}

enum order_verdict order_start(const struct order *o, const struct order_now *now,
			       const struct table *t, unsigned int i, struct err *e)
{
	uint64_t missing = o->requires[i] & ~now->up;
	uint64_t down = missing & ~(now->coming | now->late);
	enum order_verdict v = check_places(o, now, i, e);
	unsigned int other;

	if (v == ORDER_UNMET)
		return v;
	if (down) {
		other = (unsigned int)__builtin_ctzll(down);
		err_set(e, ENOENT,
			"Requires=%s, which is down; it starts by itself once that is started",
			t->service[other].name);
		return ORDER_UNMET;
	}
	if (missing || (o->after[i] & now->coming))
		return ORDER_WAIT;
	return v;
}

bool order_stop(const struct order *o, const struct order_now *now, unsigned int i)
{
	uint64_t others = now->alive & ~BIT(i);
	unsigned int k;

	if (o->log_keeper & BIT(i))
		return (others & ~o->log_keeper) == 0;
	for (k = 0; k < SERVICES_MAX; k++)
		if ((others & BIT(k)) && (o->after[k] & BIT(i)))
			return false;
	return true;
}
