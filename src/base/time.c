/* SPDX-License-Identifier: MIT */
#include <time.h>

#include "base/time.h"

/* clock_gettime(2) cannot fail for these clocks and a valid pointer. */
static uint64_t read_ns(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t time_boot_ms(void)
{
	return read_ns(CLOCK_BOOTTIME) / 1000000u;
}

uint64_t time_monotonic_ms(void)
{
	return read_ns(CLOCK_MONOTONIC) / 1000000u;
}

uint64_t time_boot_ns(void)
{
	return read_ns(CLOCK_BOOTTIME);
}

uint64_t time_real_ns(void)
{
	return read_ns(CLOCK_REALTIME);
}
