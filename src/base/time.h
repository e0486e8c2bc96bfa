/* SPDX-License-Identifier: MIT */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <stdint.h>

/*
 * Milliseconds since power on, time asleep included (CLOCK_BOOTTIME, clock_gettime(2)). Never goes
 * back.
 */
uint64_t time_boot_ms(void);

/* The same without the time asleep (CLOCK_MONOTONIC): for short intervals and timeouts. */
uint64_t time_monotonic_ms(void);

/* Nanoseconds of CLOCK_BOOTTIME, and of CLOCK_REALTIME (since 1970). */
uint64_t time_boot_ns(void);
uint64_t time_real_ns(void);

#endif
