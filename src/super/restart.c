/* SPDX-License-Identifier: MIT */
#include "super/restart.h"

#include <signal.h>
#include <sys/wait.h>

enum run_end restart_classify(const struct service *row, int wait_status)
{
	int code, sig;

	if (WIFEXITED(wait_status)) {
		code = WEXITSTATUS(wait_status);
		if (code == 0 || (code == 1 && row->duty == DUTY_DATA_CHECK))
			return END_CLEAN;
		return END_CODE;
	}
	sig = WTERMSIG(wait_status);
	/* For a oneshot a signal means that the work was not done. */
	if (row->type != TYPE_ONESHOT &&
	    (sig == SIGHUP || sig == SIGINT || sig == SIGTERM || sig == SIGPIPE))
		return END_CLEAN;
	return END_SIGNAL;
}

bool restart_wanted(const struct service *row, enum run_end end)
{
	if (row->duty == DUTY_DATA_CHECK || row->duty == DUTY_DATA_FORMAT)
		return false;
	if (row->type == TYPE_ONESHOT && end == END_CLEAN)
		return false;
	switch (row->restart) {
	case RESTART_ON_SUCCESS:
		return end == END_CLEAN;
	case RESTART_ON_FAILURE:
		return end != END_CLEAN;
	case RESTART_ON_ABNORMAL:
		return end == END_SIGNAL || end == END_TIMEOUT;
	case RESTART_ON_ABORT:
		return end == END_SIGNAL;
	case RESTART_ALWAYS:
		return true;
	case RESTART_NO:
	default:
		return false;
	}
}

uint64_t restart_delay_ms(const struct service *row, uint32_t streak)
{
	/*
	 * RestartDelayMinSec=0 must not become a loop that eats the machine: it doubles from 1 ms.
	 */
	uint64_t delay = row->restart_delay_min_ms > 0 ? row->restart_delay_min_ms : 1;
	uint64_t max = row->restart_delay_max_ms;
	uint32_t i;

	if (streak == 0)
		return 0;
	for (i = 1; i < streak && delay < max; i++)
		delay *= 2;
	return delay < max ? delay : max;
}
