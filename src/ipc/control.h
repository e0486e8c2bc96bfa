/* SPDX-License-Identifier: MIT */
#ifndef IPC_CONTROL_H
#define IPC_CONTROL_H

#include <stdint.h>

#include "base/err.h"
#include "conf/service.h"

/* The control messages of ipc/messages.def. Little is in them on purpose: verbs, names and flat records. */

enum ctl_request_id {
#define REQUEST(id, NAME, type, senders, what) CTL_REQUEST_##NAME = (id),
#define REPLY(id, NAME, type, what)
#include "ipc/messages.def"
#undef REQUEST
#undef REPLY
};

enum ctl_reply_id {
#define REQUEST(id, NAME, type, senders, what)
#define REPLY(id, NAME, type, what) CTL_REPLY_##NAME = (id),
#include "ipc/messages.def"
#undef REQUEST
#undef REPLY
};

struct ctl_header {
	uint32_t id;   /* enum ctl_request_id or ctl_reply_id */
	uint32_t seq;  /* chosen by the asker, comes back in every part of the answer */
};

struct ctl_request {
	struct ctl_header h;
	char service[SERVICE_NAME_MAX]; /* NUL-terminated; all zero where the verb takes none */
};

struct ctl_done {
	struct ctl_header h;
	struct err err;                 /* num 0: it was done or accepted */
};

enum service_state {   /* as jailctl shows it */
	STATE_STOPPED,   /* not to run: AutoStart=no, or stopped by somebody */
	STATE_WAITING,   /* for After=/Requires= */
	STATE_STARTING,  /* launched, exec (oneshot: exit) not yet seen */
	STATE_RUNNING,   /* exec succeeded */
	STATE_DONE,      /* oneshot that ended with status 0, or Restart= says it stays down after success */
	STATE_STOPPING,  /* asked to end */
	STATE_BACKOFF,   /* ended, will be started again at next_start_ms */
	STATE_FAILED     /* will not be started again; err or wait_status say why */
};

struct ctl_status {
	struct ctl_header h;
	char name[SERVICE_NAME_MAX];
	uint32_t state;            /* enum service_state */
	int32_t pid;               /* of the service, as the host sees it; 0 = none */
	int32_t launcher_pid;
	int32_t wait_status;       /* of the last run; valid if ended_ms != 0 */
	uint64_t started_ms;       /* CLOCK_BOOTTIME of the last start, 0 = never */
	uint64_t ended_ms;         /* CLOCK_BOOTTIME of the last end, 0 = never */
	uint64_t next_start_ms;    /* STATE_BACKOFF: when, else 0 */
	uint64_t log_lost_bytes;   /* output that was dropped */
	uint32_t restarts;         /* since boot */
	uint32_t uid;
	uint32_t degraded;         /* bit 0: StateDirectory in memory */
	uint32_t filter_len;       /* seccomp instructions loaded */
	struct err err;            /* why the last start failed, num 0 = it did not */
};

struct ctl_record {
	struct ctl_header h;
	struct service service;
};

/* Name of a service_state: "running". */
const char *service_state_name(uint32_t state);

/* Environment variable that tells jailctl the number of its control fd. */
#define CTL_FD_ENV "JAILINIT_CONTROL_FD"

#endif
