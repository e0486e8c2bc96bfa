/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "conf/enums.h"
#include "conf/types.h"

const char *const enum_names_type[] = {
	[TYPE_EXEC] = "exec",
	[TYPE_ONESHOT] = "oneshot",
	NULL,
};

const char *const enum_names_duty[] = {
	[DUTY_NONE] = "none",
	[DUTY_LOG] = "log",
	[DUTY_DATA_CHECK] = "data-check",
	[DUTY_DATA_FORMAT] = "data-format",
	NULL,
};

const char *const enum_names_restart[] = {
	[RESTART_NO] = "no",
	[RESTART_ON_SUCCESS] = "on-success",
	[RESTART_ON_FAILURE] = "on-failure",
	[RESTART_ON_ABNORMAL] = "on-abnormal",
	[RESTART_ON_ABORT] = "on-abort",
	[RESTART_ALWAYS] = "always",
	NULL,
};

const char *const enum_names_network[] = {
	[NETWORK_NONE] = "none",
	[NETWORK_HOST] = "host",
	NULL,
};

const char *const enum_names_overflow[] = {
	[OVERFLOW_DROP] = "drop",
	[OVERFLOW_BLOCK] = "block",
	NULL,
};
