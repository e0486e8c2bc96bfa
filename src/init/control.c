/* SPDX-License-Identifier: MIT */
#include "init/control.h"

#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/str.h"
#include "init/console.h"
#include "init/loop.h"
#include "init/machine.h"
#include "init/services.h"
#include "init/shutdown.h"
#include "init/status.h"
#include "init/verify.h"
#include "ipc/control.h"
#include "ipc/packet.h"
#include "ipc/ring.h"

static void send_reply(int fd, union ctl_reply *reply, uint32_t id, uint32_t seq, int pass_fd)
{
	reply->h.id = id;
	reply->h.seq = seq;
	packet_send(fd, reply, ctl_reply_size(id), pass_fd);
}

static void send_status(int fd, uint32_t seq, unsigned int i)
{
	static union ctl_reply reply;

	status_fill(i, &reply.status);
	send_reply(fd, &reply, CTL_REPLY_STATUS, seq, -1);
}

static int send_log(int fd, uint32_t seq, unsigned int i, struct err *e)
{
	static union ctl_reply reply;
	cleanup_fd int ring_fd = -1;

	if (machine.run[i].kit.ring_fd < 0)
		return err_set(e, ENOENT, "%s has no log: its ring could not be made",
			       machine_row(i)->name);
	ring_fd = ring_open_readonly(machine.run[i].kit.ring_fd, e);
	if (ring_fd < 0)
		return ring_fd;
	memset(&reply, 0, sizeof(reply));
	send_reply(fd, &reply, CTL_REPLY_FD, seq, ring_fd);
	return 1;
}

static void send_record(int fd, uint32_t seq, unsigned int i)
{
	static union ctl_reply reply;

	reply.record.service = *machine_row(i);
	send_reply(fd, &reply, CTL_REPLY_RECORD, seq, -1);
}

void control_send_verify(unsigned int asker, uint32_t seq, unsigned int i,
			 const struct verify_result *result, const struct err *e)
{
	static union ctl_reply reply;
	int fd = machine.run[asker].control_fd;

	/* Whoever asked may be gone; another that came in its place knows no such number. */
	if (fd < 0)
		return;
	if (!e->num) {
		memset(&reply, 0, sizeof(reply));
		str_copy(reply.verify.name, sizeof(reply.verify.name), machine_row(i)->name);
		reply.verify.result = *result;
		send_reply(fd, &reply, CTL_REPLY_VERIFY, seq, -1);
	}
	memset(&reply, 0, sizeof(reply));
	reply.done.err = *e;
	send_reply(fd, &reply, CTL_REPLY_DONE, seq, -1);
}

static int start(unsigned int i, enum super_event event, struct err *e)
{
	if (services_may_start(i, e))
		return -e->num;
	services_event(i, event, 0);
	return 0;
}

/* Returns 0 or -errno for a CTL_DONE, or 1 when the answer is complete. */
static int answer_service(unsigned int asker, int fd, const struct ctl_request *q, struct err *e)
{
	int found = table_find(&machine.table, q->service);
	unsigned int i = (unsigned int)found;

	if (found < 0)
		return err_set(e, ENOENT,
			       "%s: there is no such service; `jailctl list` shows them all",
			       q->service);
	switch (q->h.id) {
	case CTL_REQUEST_STATUS:
		send_status(fd, q->h.seq, i);
		return 0;
	case CTL_REQUEST_START:
		return start(i, EVENT_START, e);
	case CTL_REQUEST_STOP:
		services_event(i, EVENT_STOP, 0);
		return 0;
	case CTL_REQUEST_RESTART:
		return start(i, EVENT_RESTART, e);
	case CTL_REQUEST_LOGS:
		return send_log(fd, q->h.seq, i, e);
	case CTL_REQUEST_INSPECT:
		send_record(fd, q->h.seq, i);
		return 0;
	case CTL_REQUEST_VERIFY:
		return verify_ask(i, asker, q->h.seq, e) ? -e->num : 1;
	default:
		return err_set(e, ENOSYS, "request %u is listed, but not known here", q->h.id);
	}
}

static int answer(unsigned int asker, int fd, const struct ctl_request *q, struct err *e)
{
	unsigned int i;

	switch (q->h.id) {
	case CTL_REQUEST_LIST:
		for (i = 0; i < machine.table.n; i++)
			send_status(fd, q->h.seq, i);
		return 0;
	case CTL_REQUEST_REBOOT:
		shutdown_begin(POWEROFF_REBOOT, machine_row(asker)->name);
		return 0;
	case CTL_REQUEST_POWEROFF:
		shutdown_begin(POWEROFF_OFF, machine_row(asker)->name);
		return 0;
	default:
		return answer_service(asker, fd, q, e);
	}
}

void control_ready(unsigned int i)
{
	static union ctl_reply reply;
	struct run *r = &machine.run[i];
	int fd = r->control_fd;
	unsigned char raw[sizeof(struct ctl_request) + 1];
	struct ctl_request q;
	struct err e = ERR_NONE;
	ssize_t n;
	int rc;

	if (fd < 0)
		return;
	n = packet_recv(fd, raw, sizeof(raw), NULL);
	if (n == -EAGAIN)
		return;
	if (n == -EBADMSG) {
		machine.bad_messages++;
		return;
	}
	if (n < 0) {
		control_close(i);
		return;
	}
	rc = ctl_request_check(raw, (size_t)n, CTL_SENDER_CONSOLE, &q, &e);
	if (rc == -EBADMSG) {
		machine.bad_messages++;
		return;
	}
	if (rc == 0)
		rc = answer(i, fd, &q, &e);
	/* The row may have stopped itself just now. */
	if (rc == 1 || r->control_fd < 0)
		return;
	memset(&reply, 0, sizeof(reply));
	reply.done.err = e;
	send_reply(fd, &reply, CTL_REPLY_DONE, q.h.seq, -1);
}

void control_close(unsigned int i)
{
	loop_close(&machine.run[i].control_fd);
}
