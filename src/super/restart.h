/* SPDX-License-Identifier: MIT */
#ifndef SUPER_RESTART_H
#define SUPER_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/service.h"

/* How a run ended, in the words of systemd.service(5), table of Restart=. */
enum run_end {
	END_CLEAN,   /* status 0; for Type=exec also SIGHUP, SIGINT, SIGTERM or SIGPIPE */
	END_CODE,    /* another exit status */
	END_SIGNAL,  /* another signal */
	END_TIMEOUT, /* it did not start in time */
	END_LAUNCH   /* no jail, or the program was not executed: counts as an exit status */
};

/*
 * How @row ended with @wait_status. Duty=data-check: status 1 (errors were corrected, e2fsck(8)) is
 * clean.
 */
enum run_end restart_classify(const struct service *row, int wait_status);

/*
 * Does Restart= start it again after @end? Never a oneshot that ended well, and never
 * Duty=data-check or data-format: those are tried once in a boot.
 */
bool restart_wanted(const struct service *row, enum run_end end);

/* The wait before restart number @streak in a row (0 = the first, immediate), in ms. */
uint64_t restart_delay_ms(const struct service *row, uint32_t streak);

#endif
