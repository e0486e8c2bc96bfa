/* SPDX-License-Identifier: MIT */
#include "ipc/control.h"

#include <errno.h>
#include <string.h>

#define SENDER_CONSOLE CTL_SENDER_CONSOLE
#define TARGET_SERVICE true
#define TARGET_NONE    false

struct verb {
	uint32_t id;
	uint32_t senders;
	size_t size;
	bool target;
	const char *name;
};

static const struct verb verbs[] = {
#define REQUEST(id, NAME, type, target, senders, what)                                             \
	{ id, SENDER_##senders, sizeof(struct type), TARGET_##target, #NAME },
#define REPLY(id, NAME, type, what)
#include "ipc/messages.def"
#undef REQUEST
#undef REPLY
};
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *verb_find(uint32_t id)
{
	for (size_t i = 0; i < N_VERBS; i++)
		if (verbs[i].id == id)
			return &verbs[i];
	return NULL;
}

const char *service_state_name(uint32_t state)
{
	static const char *const names[] = {
		[STATE_STOPPED] = "stopped",   [STATE_WAITING] = "waiting",
		[STATE_STARTING] = "starting", [STATE_RUNNING] = "running",
		[STATE_DONE] = "done",	       [STATE_STOPPING] = "stopping",
		[STATE_BACKOFF] = "backoff",   [STATE_FAILED] = "failed",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

const char *ctl_request_name(uint32_t id)
{
	static char lower[N_VERBS][16];
	const struct verb *v = verb_find(id);
	char *name;

	if (!v)
		return "?";
	name = lower[v - verbs];
	for (size_t i = 0; v->name[i] && i + 1 < sizeof(lower[0]); i++)
		name[i] = (char)(v->name[i] | 0x20);
	return name;
}

bool ctl_request_has_target(uint32_t id)
{
	const struct verb *v = verb_find(id);

	return v && v->target;
}

/* [a-z0-9][a-z0-9_-]*, its NUL, and nothing behind it: what a name in a record looks like. */
static bool name_sound(const char name[SERVICE_NAME_MAX])
{
	size_t n = strnlen(name, SERVICE_NAME_MAX);

	if (n == 0 || n == SERVICE_NAME_MAX || name[0] == '-' || name[0] == '_')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", name[i]))
			return false;
	for (size_t i = n; i < SERVICE_NAME_MAX; i++)
		if (name[i])
			return false;
	return true;
}

int ctl_request_check(const void *msg, size_t len, uint32_t sender, struct ctl_request *req,
		      struct err *e)
{
	static const char no_name[SERVICE_NAME_MAX];
	const struct verb *v;

	if (len != sizeof(*req))
		return err_set(e, EBADMSG, "control message: wanted %zu bytes, found %zu",
			       sizeof(*req), len);
	memcpy(req, msg, sizeof(*req));

	v = verb_find(req->h.id);
	if (!v)
		return err_set(e, EINVAL, "control message: there is no request %u", req->h.id);
	if (!(v->senders & sender))
		return err_set(e, EPERM, "%s: not allowed on this control channel",
			       ctl_request_name(v->id));
	if (!v->target && memcmp(req->service, no_name, sizeof(no_name)))
		return err_set(e, EINVAL, "%s: it takes no service, but one was named",
			       ctl_request_name(v->id));
	if (v->target && !name_sound(req->service))
		return err_set(e, EINVAL,
			       "%s: wanted a service's name ([a-z0-9][a-z0-9_-]*, shorter than %d)",
			       ctl_request_name(v->id), SERVICE_NAME_MAX);
	return 0;
}

size_t ctl_reply_size(uint32_t id)
{
	switch (id) {
#define REQUEST(id, NAME, type, target, senders, what)
#define REPLY(id, NAME, type, what)                                                                \
	case id:                                                                                   \
		return sizeof(struct type);
#include "ipc/messages.def"
#undef REQUEST
#undef REPLY
	default:
		return 0;
	}
}

/* A name that is shown to a person: terminated, and nothing in it that a terminal would act on. */
static void name_sanitise(char name[SERVICE_NAME_MAX])
{
	name[SERVICE_NAME_MAX - 1] = '\0';
	for (size_t i = 0; name[i]; i++)
		if (name[i] < 0x20 || name[i] > 0x7e)
			name[i] = '?';
}

/* num 0 is "no error" here: only what is one is made safe by err_sanitise(). */
static void answer_err_sanitise(struct err *e)
{
	if (e->num)
		err_sanitise(e);
	else
		*e = ERR_NONE;
}

int ctl_reply_check(const void *msg, size_t len, union ctl_reply *reply, struct err *e)
{
	if (len < sizeof(reply->h) || len > sizeof(*reply))
		return err_set(e, EBADMSG, "answer of PID 1: %zu bytes are no message", len);
	memset(reply, 0, sizeof(*reply));
	memcpy(reply, msg, len);
	if (ctl_reply_size(reply->h.id) != len)
		return err_set(e, EBADMSG,
			       "answer of PID 1: wanted %zu bytes for reply %u, found %zu",
			       ctl_reply_size(reply->h.id), reply->h.id, len);

	switch (reply->h.id) {
	case CTL_REPLY_STATUS:
		name_sanitise(reply->status.name);
		answer_err_sanitise(&reply->status.err);
		return 0;
	case CTL_REPLY_RECORD:
		if (!service_valid(&reply->record.service))
			return err_set(e, EBADMSG, "answer of PID 1: a row that is not sound");
		return 0;
	case CTL_REPLY_VERIFY:
		name_sanitise(reply->verify.name);
		return verify_result_check(&reply->verify.result, sizeof(reply->verify.result), e);
	default:
		answer_err_sanitise(&reply->done.err);
		return 0;
	}
}

void ctl_request_init(struct ctl_request *req, enum ctl_request_id id, uint32_t seq)
{
	memset(req, 0, sizeof(*req));
	req->h.id = id;
	req->h.seq = seq;
}
