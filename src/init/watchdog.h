/* SPDX-License-Identifier: MIT */
#ifndef INIT_WATCHDOG_H
#define INIT_WATCHDOG_H

#include "conf/service.h"
#include "os/watchdog.h"

/* When PID 1's loop feeds the hardware watchdog: four times as often as it needs. */
struct feeder {
	struct watchdog dog;
	uint64_t next_ms; /* CLOCK_BOOTTIME of the next meal */
};

/*
 * Start the watchdog of [system] WatchdogDevice= with RuntimeWatchdogSec=. Without one: @f does
 * nothing from then on, and 0. Returns 0 or -errno (the machine then runs without one).
 */
int feeder_start(struct feeder *f, const struct system_conf *sys, uint64_t now_ms, struct err *e);

/*
 * To be called in each turn of the loop: feeds if it is time. Returns the time in ms until the next
 * call is needed, for poll(2): -1 = there is none.
 */
int feeder_turn(struct feeder *f, uint64_t now_ms);

/*
 * The machine is going down: a last meal with a timeout of at least @timeout_ms, after which the
 * hardware resets what hangs in the last steps. feeder_turn() may still be called.
 */
void feeder_last(struct feeder *f, uint32_t timeout_ms);

#endif
