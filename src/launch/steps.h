/* SPDX-License-Identifier: MIT */
#ifndef LAUNCH_STEPS_H
#define LAUNCH_STEPS_H

#include "launch/jail.h"

enum step_place {
	STEP_LAUNCHER, /* once, in the launcher */
	STEP_PROGRAM   /* for each program, in its own process */
};

/*
 * Walk the steps of @place in their order, up to the first that fails: @e then has its name. With
 * launch_record.verbose the clock after each step (CLOCK_MONOTONIC, seconds) is written to fd 2.
 * Returns 0 or -errno with @e.
 */
int steps_run(enum step_place place, struct jail *j, struct err *e);

#endif
