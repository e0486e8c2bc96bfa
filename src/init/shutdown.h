/* SPDX-License-Identifier: MIT */
#ifndef INIT_SHUTDOWN_H
#define INIT_SHUTDOWN_H

#include <stdint.h>

#include "init/poweroff.h"
#include "init/watchdog.h"

/*
 * The orderly stop: services in reverse order, then the random seed, /data unmounted, then
 * reboot(2). All of it takes RebootTimeoutSec= at most.
 *
 * @who asked is told on the console. Asked again while it goes on: nothing, but the third time
 * within a second everything left is killed at once, for the person at the keyboard.
 */
void shutdown_begin(enum poweroff_how how, const char *who);

/* The next step, if it is time. @dog gets its last meal. */
void shutdown_turn(uint64_t now_ms, struct feeder *dog);

/* When shutdown_turn() is due, UINT64_MAX if never. */
uint64_t shutdown_deadline_ms(void);

#endif
