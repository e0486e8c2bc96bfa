/* SPDX-License-Identifier: MIT */
#ifndef INIT_STATUS_H
#define INIT_STATUS_H

#include "ipc/control.h"

/* What a person sees: the answer to `status`, and the boot report. */

/* All of @st but its header, for row @i. */
void status_fill(unsigned int i, struct ctl_status *st);

/*
 * The state of row @i may be another one: write its line of the boot report when it is the first
 * that lasts, and later a line when it ended by itself or runs again.
 */
void status_changed(unsigned int i);

/* The first lines of the boot report. */
void status_begin(void);

/*
 * The last line of the boot report, once every row that starts at boot has had its line and /data
 * is there or not.
 */
void status_summary(void);

#endif
