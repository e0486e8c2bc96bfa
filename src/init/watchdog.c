/* SPDX-License-Identifier: MIT */
#include "init/watchdog.h"

#include <limits.h>

#define MEALS 4 /* per timeout */

int feeder_start(struct feeder *f, const struct system_conf *sys, uint64_t now_ms, struct err *e)
{
	const char *path = system_str(sys, sys->watchdog_device);

	*f = (struct feeder){ .dog.fd = -1, .next_ms = now_ms };
	if (!path[0])
		return 0;
	return watchdog_open(&f->dog, path, sys->watchdog_ms, e);
}

int feeder_turn(struct feeder *f, uint64_t now_ms)
{
	struct err ignored;
	uint64_t wait_ms;

	if (f->dog.fd < 0)
		return -1;
	if (now_ms >= f->next_ms) {
		/* A meal that was refused is no reason to stop: if it counts, the hardware acts. */
		watchdog_feed(&f->dog, &ignored);
		f->next_ms = now_ms + f->dog.timeout_ms / MEALS;
	}
	wait_ms = f->next_ms - now_ms;
	return wait_ms > INT_MAX ? INT_MAX : (int)wait_ms;
}

void feeder_last(struct feeder *f, uint32_t timeout_ms)
{
	struct err ignored;

	if (f->dog.fd < 0)
		return;
	if (f->dog.timeout_ms < timeout_ms)
		watchdog_set_timeout(&f->dog, timeout_ms, &ignored);
	watchdog_feed(&f->dog, &ignored);
}
