/* SPDX-License-Identifier: MIT */
#ifndef INIT_REPORT_H
#define INIT_REPORT_H

#include "base/err.h"

/*
 * Early boot goes on after most failures, and may meet several: each is told through this, as it
 * happens. PID 1 passes a function that writes to the console without blocking.
 */
enum report_level {
	REPORT_DEBUG,  /* only with jailinit.debug: a file that this kernel does not have */
	REPORT_NOTE,   /* said in the boot report */
	REPORT_WARNING /* something that was wanted is not there */
};

struct report {
	void (*say)(void *ctx, enum report_level level, const struct err *e);
	void *ctx;
};

#endif
