/* SPDX-License-Identifier: MIT */
#ifndef INIT_PLACES_H
#define INIT_PLACES_H

#include <stdint.h>

/*
 * /firmware and /data, which come from devices: found, checked and mounted by jobs and by rows with
 *a duty, never by PID 1 itself. What became of them is machine.now.firmware and .data, and on the
 *console.
 *
 *	/data:	find the device and look at what is on it (a job)
 *		blank, and DataFormat=yes: the row with Duty=data-format; ext4: the row with
 *Duty=data-check mount it, make the StateDirectories, take the random seed (a job) Whatever fails,
 *or takes longer than DataTimeoutSec=: there is no /data in this boot.
 */

/* Begin, at boot. */
void places_begin(void);

/* Look whether a duty row has ended, or the time is over. */
void places_turn(uint64_t now_ms);

/* When places_turn() is due, UINT64_MAX if never. */
uint64_t places_deadline_ms(void);

/* For the boot report: "mounted", "none: ..." */
const char *places_data_text(void);

#endif
