/* SPDX-License-Identifier: MIT */
/*
 * Control messages, both ways. First byte: 0 a request as it is, 1 a reply as it is, else the id of
 * a reply, and the rest is filled up with zero bytes to the size that this kind has.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void try_request(const uint8_t *data, size_t len)
{
	struct ctl_request req;
	struct err e = ERR_NONE;
	int r = ctl_request_check(data, len, CTL_SENDER_CONSOLE, &req, &e);

	if (r == 0 &&
	    (strnlen(req.service, sizeof(req.service)) == sizeof(req.service) ||
	     len != sizeof(req) || ctl_request_has_target(req.h.id) != (req.service[0] != '\0')))
		abort();
	if (r != 0 && strlen(e.text) == 0)
		abort();
	/* A sender that is not on the list is never heard. */
	if (ctl_request_check(data, len, 0, &req, &e) == 0)
		abort();
}

static void try_reply(const uint8_t *data, size_t len)
{
	static union ctl_reply reply;
	struct err e = ERR_NONE;

	if (ctl_reply_check(data, len, &reply, &e) != 0)
		return;
	if (ctl_reply_size(reply.h.id) != len)
		abort();
	if (reply.h.id == CTL_REPLY_STATUS &&
	    strnlen(reply.status.name, sizeof(reply.status.name)) == sizeof(reply.status.name))
		abort();
	if (reply.h.id == CTL_REPLY_RECORD && !service_valid(&reply.record.service))
		abort();
	if (reply.h.id == CTL_REPLY_STATUS)
		service_state_name(reply.status.state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t filled[sizeof(union ctl_reply)];
	uint32_t id;
	size_t size;

	if (len == 0)
		return 0;
	id = data[0];
	size = ctl_reply_size(id);
	data++;
	len--;
	if (id == 0) {
		try_request(data, len);
	} else if (id == 1 && (len & 1)) {
		try_reply(data, len);
	} else if (size > 0) {
		memset(filled, 0, sizeof(filled));
		memcpy(filled, data, len < size ? len : size);
		memcpy(filled, &id, sizeof(id));
		try_reply(filled, size);
	}
	return 0;
}
