/* SPDX-License-Identifier: MIT */
#ifndef IPC_CONTROL_H
#define IPC_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/service.h"
#include "ipc/verify.h"

/* The control messages of ipc/messages.def. Little is in them on purpose: verbs, names and flat records. */

enum ctl_request_id {
#define REQUEST(id, NAME, type, target, senders, what) CTL_REQUEST_##NAME = (id),
#define REPLY(id, NAME, type, what)
#include "ipc/messages.def"
#undef REQUEST
#undef REPLY
};

enum ctl_reply_id {
#define REQUEST(id, NAME, type, target, senders, what)
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

struct ctl_verify {
	struct ctl_header h;
	char name[SERVICE_NAME_MAX];
	struct verify_result result;
};

#define DEGRADED_STATE_VOLATILE 1u /* bit of ctl_status.degraded */

/* Who may send a request, as bits: the senders of messages.def. */
#define CTL_SENDER_CONSOLE 1u

/* Any reply; h tells which. */
union ctl_reply {
	struct ctl_header h;
	struct ctl_done done;     /* DONE, FD */
	struct ctl_status status;
	struct ctl_record record;
	struct ctl_verify verify;
};

/* Name of a service_state: "running"; "?" for a number that is none. */
const char *service_state_name(uint32_t state);

/* Name of a request in lower case: "restart"; "?" for a number that is none. */
const char *ctl_request_name(uint32_t id);

/* Does request @id name a service? false for an unknown one. */
bool ctl_request_has_target(uint32_t id);

/*
 * What PID 1 does with a message that came over a control channel of @sender (a CTL_SENDER_ bit): @len bytes at @msg.
 * A request that is listed in messages.def for this sender, has its exact size, and whose service[] is a name (or
 * all zero where the verb takes none) is copied to @req: 0. Else, with @e, -EBADMSG for what is not even a header
 * with a sound size (nothing to answer: count it), or -EPERM or -EINVAL when @req->h is filled, for a CTL_DONE with
 * @e. Whether the service exists is for the caller. Pure.
 */
int ctl_request_check(const void *msg, size_t len, uint32_t sender, struct ctl_request *req, struct err *e);

/*
 * The asker's side: is this a reply with the size of its kind? Texts are made safe to print (err_sanitise(), names
 * terminated), a CTL_RECORD must pass service_valid(). Returns 0 with @reply filled, or -EBADMSG with @e. Pure.
 */
int ctl_reply_check(const void *msg, size_t len, union ctl_reply *reply, struct err *e);

/* sizeof the struct of reply @id, 0 for an unknown one: what PID 1 sends. */
size_t ctl_reply_size(uint32_t id);

/* A request to be sent: all zero but its header. */
void ctl_request_init(struct ctl_request *req, enum ctl_request_id id, uint32_t seq);

/* Environment variable that tells jailctl the number of its control fd. */
#define CTL_FD_ENV "JAILINIT_CONTROL_FD"

#endif
