/* SPDX-License-Identifier: MIT */
#ifndef OS_WATCHDOG_H
#define OS_WATCHDOG_H

#include <stdint.h>

#include "base/err.h"

/* A hardware watchdog that is running. Linux Documentation/watchdog/watchdog-api.rst. */
struct watchdog {
	int fd;		     /* -1: none */
	uint32_t timeout_ms; /* what the driver really took */
	char identity[33];   /* the driver's name for it */
};

/*
 * Open @path, which starts the watchdog, and ask for @timeout_ms (rounded up to seconds; a driver
 * may take another value, its own is read back into @w). There is no way to stop it here on
 * purpose: nothing ever writes the magic 'V', so that a PID 1 that hangs or dies resets the
 * machine. A driver that cannot set a timeout keeps its own.
 * Returns 0 or -errno. If @w->fd is >= 0 even so, it runs, nobody knows with which timeout, and has
 * to be fed: as if it had @timeout_ms. Does not sleep.
 */
int watchdog_open(struct watchdog *w, const char *path, uint32_t timeout_ms, struct err *e);

/* Ask for another timeout, as above; @w->timeout_ms is what was taken. Returns 0 or -errno. */
int watchdog_set_timeout(struct watchdog *w, uint32_t timeout_ms, struct err *e);

/* Feed it. Harmless when there is none. Returns 0 or -errno. */
int watchdog_feed(const struct watchdog *w, struct err *e);

#endif
