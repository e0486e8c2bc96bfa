/* SPDX-License-Identifier: MIT */
#include "jailctl/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"
#include "base/time.h"
#include "ipc/packet.h"

#define ANSWER_MS                                                                                  \
	10000 /* PID 1 never waits for anything: this is for a machine that swaps or is stopped */
#define LOCK_MS	      15000 /* a little more than another jailctl may wait for its answer */
#define LOCK_RETRY_MS 10

int client_open(struct client *c, struct err *e)
{
	const char *text = getenv(CTL_FD_ENV);
	int type = 0;
	socklen_t len = sizeof(type);
	uint64_t fd;

	if (!text)
		return err_set(
			e, ENOTCONN,
			"no control channel to PID 1: " CTL_FD_ENV " is not set; "
			"jailctl works in a service with ControlSocket=yes, such as the console");
	if (num_parse_u64(text, 0, INT32_MAX, &fd))
		return err_set(e, EINVAL,
			       CTL_FD_ENV ": wanted the number of a file descriptor, found \"%s\"",
			       text);
	if (getsockopt((int)fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_SEQPACKET)
		return err_set(e, ENOTSOCK,
			       CTL_FD_ENV
			       "=%s is no control channel; was it closed on the way here?",
			       text);
	c->fd = (int)fd;
	c->seq = (uint32_t)(time_boot_ns() >> 10) ^ (uint32_t)getpid() << 16;
	return 0;
}

static int channel_lock(const struct client *c, struct err *e)
{
	const struct timespec retry = { .tv_nsec = LOCK_RETRY_MS * 1000000L };
	uint64_t end_ms = time_monotonic_ms() + LOCK_MS;
	struct flock lock;

	for (;;) {
		lock = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
		if (fcntl(c->fd, F_SETLK, &lock) == 0)
			return 0;
		if (errno != EAGAIN && errno != EACCES)
			return err_set(e, errno, "locking the control channel");
		if (time_monotonic_ms() >= end_ms)
			break;
		nanosleep(&retry, NULL);
	}
	if (fcntl(c->fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		lock.l_pid = 0;
	return err_set(e, EBUSY,
		       "the control channel is held by another process (%d) for more than %d s",
		       (int)lock.l_pid, LOCK_MS / 1000);
}

static void channel_unlock(const struct client *c)
{
	struct flock lock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	fcntl(c->fd, F_SETLK, &lock);
}

/* The next message, within the time until @end_ms. Returns its length or -errno. */
static ssize_t receive(const struct client *c, void *buf, size_t size, int *got_fd, uint64_t end_ms,
		       struct err *e)
{
	for (;;) {
		uint64_t now_ms = time_monotonic_ms();
		struct pollfd p = { .fd = c->fd, .events = POLLIN };
		ssize_t n = packet_recv(c->fd, buf, size, got_fd);

		if (n > 0)
			return n;
		if (n == -EPIPE)
			return err_set(e, EPIPE, "PID 1 has closed the control channel");
		if (n != -EAGAIN && n != -EBADMSG)
			return err_set(e, (int)n, "receiving from the control channel");
		if (now_ms >= end_ms)
			return err_set(e, ETIMEDOUT, "PID 1 did not answer within %d s",
				       ANSWER_MS / 1000);
		poll(&p, 1, (int)(end_ms - now_ms));
	}
}

/* What an earlier jailctl that was killed has left unread is of no use to us. */
static void drain(const struct client *c)
{
	static unsigned char raw[sizeof(union ctl_reply) + 1];
	int got_fd;
	ssize_t n;

	do {
		n = packet_recv(c->fd, raw, sizeof(raw), &got_fd);
		fd_close(&got_fd);
	} while (n > 0 || n == -EBADMSG);
}

static int send_request(const struct client *c, const struct ctl_request *q, struct err *e)
{
	uint64_t end_ms = time_monotonic_ms() + ANSWER_MS;
	int rc;

	while ((rc = packet_send(c->fd, q, sizeof(*q), -1)) == -EAGAIN &&
	       time_monotonic_ms() < end_ms) {
		struct pollfd p = { .fd = c->fd, .events = POLLOUT };

		poll(&p, 1, LOCK_RETRY_MS);
	}
	return rc ? err_set(e, rc, "sending to the control channel") : 0;
}

static int exchange(struct client *c, const struct ctl_request *q,
		    void (*each)(const union ctl_reply *, void *), void *ctx, int *got_fd,
		    struct err *e)
{
	static unsigned char raw[sizeof(union ctl_reply) + 1];
	static union ctl_reply reply;
	uint64_t end_ms = time_monotonic_ms() + ANSWER_MS;
	int rc = send_request(c, q, e);

	while (!rc) {
		cleanup_fd int fd = -1;
		ssize_t n = receive(c, raw, sizeof(raw), &fd, end_ms, e);

		if (n < 0)
			return (int)n;
		rc = ctl_reply_check(raw, (size_t)n, &reply, e);
		if (rc || reply.h.seq != q->h.seq)
			continue;
		if (reply.h.id == CTL_REPLY_STATUS || reply.h.id == CTL_REPLY_RECORD ||
		    reply.h.id == CTL_REPLY_VERIFY) {
			if (each)
				each(&reply, ctx);
			continue;
		}
		if (reply.done.err.num) {
			*e = reply.done.err;
			return -e->num;
		}
		if (reply.h.id == CTL_REPLY_DONE)
			return got_fd ? err_set(e, EBADMSG, "PID 1 sent no file descriptor") : 0;
		if (!got_fd || fd < 0)
			return err_set(e, EBADMSG, "PID 1 sent something that was not asked for");
		*got_fd = fd_steal(&fd);
		return 0;
	}
	return rc;
}

int client_ask(struct client *c, enum ctl_request_id id, const char *service,
	       void (*each)(const union ctl_reply *reply, void *ctx), void *ctx, int *got_fd,
	       struct err *e)
{
	struct ctl_request q;
	int rc;

	ctl_request_init(&q, id, ++c->seq);
	if (str_copy(q.service, sizeof(q.service), service))
		return err_set(e, ENOENT, "%.40s...: there is no service with so long a name",
			       service);
	rc = channel_lock(c, e);
	if (rc)
		return rc;
	drain(c);
	rc = exchange(c, &q, each, ctx, got_fd, e);
	channel_unlock(c);
	return rc;
}

struct statuses {
	struct ctl_status *at;
	unsigned int n;
	unsigned int max;
};

static void keep_status(const union ctl_reply *reply, void *ctx)
{
	struct statuses *s = ctx;

	if (reply->h.id == CTL_REPLY_STATUS && s->n < s->max)
		s->at[s->n++] = reply->status;
}

int client_list(struct client *c, struct ctl_status *s, unsigned int *n, struct err *e)
{
	struct statuses all = { .at = s, .max = SERVICES_MAX };
	int rc = client_ask(c, CTL_REQUEST_LIST, "", keep_status, &all, NULL, e);

	*n = all.n;
	return rc;
}

int client_status(struct client *c, const char *service, struct ctl_status *s, struct err *e)
{
	struct statuses one = { .at = s, .max = 1 };
	int rc = client_ask(c, CTL_REQUEST_STATUS, service, keep_status, &one, NULL, e);

	if (!rc && one.n != 1)
		return err_set(e, EBADMSG, "%s: PID 1 did not tell its status", service);
	return rc;
}

struct row {
	struct service *service;
	bool got;
};

static void keep_row(const union ctl_reply *reply, void *ctx)
{
	struct row *r = ctx;

	if (reply->h.id != CTL_REPLY_RECORD)
		return;
	*r->service = reply->record.service;
	r->got = true;
}

int client_inspect(struct client *c, const char *service, struct service *row, struct err *e)
{
	struct row r = { .service = row };
	int rc = client_ask(c, CTL_REQUEST_INSPECT, service, keep_row, &r, NULL, e);

	if (!rc && !r.got)
		return err_set(e, EBADMSG, "%s: PID 1 did not send its row", service);
	return rc;
}

struct reading {
	struct verify_result *result;
	bool got;
};

static void keep_reading(const union ctl_reply *reply, void *ctx)
{
	struct reading *r = ctx;

	if (reply->h.id != CTL_REPLY_VERIFY)
		return;
	*r->result = reply->verify.result;
	r->got = true;
}

int client_verify(struct client *c, const char *service, struct verify_result *result,
		  struct err *e)
{
	struct reading r = { .result = result };
	int rc = client_ask(c, CTL_REQUEST_VERIFY, service, keep_reading, &r, NULL, e);

	if (!rc && !r.got)
		return err_set(e, EBADMSG, "%s: PID 1 did not send what it found", service);
	return rc;
}
