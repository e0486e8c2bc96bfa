/* SPDX-License-Identifier: MIT */
#ifndef JAILCTL_CLIENT_H
#define JAILCTL_CLIENT_H

#include "ipc/control.h"

/*
 * The control channel to PID 1: one socket that the whole row shares, so that several jailctl may
 * hold it at once. They take turns by a record lock on it (fcntl(2); it belongs to the process and
 * goes with it).
 */
struct client {
	int fd;	      /* not ours to close */
	uint32_t seq; /* of the last request */
};

/* Find the channel (CTL_FD_ENV). Returns 0 or -errno with a text that says where jailctl works. */
int client_open(struct client *c, struct err *e);

/*
 * Ask PID 1 for @id about @service ("" where the verb takes none), and call @each for every
 * CTL_STATUS and CTL_RECORD of the answer. With CTL_REQUEST_LOGS, *@got_fd becomes the fd that
 * comes (the caller's to close); else @got_fd may be NULL. Returns 0; PID 1's refusal as -errno
 * with its text; or -errno of the channel: -ETIMEDOUT when PID 1 does not answer, -EBUSY when
 * another jailctl holds the channel.
 */
int client_ask(struct client *c, enum ctl_request_id id, const char *service,
	       void (*each)(const union ctl_reply *reply, void *ctx), void *ctx, int *got_fd,
	       struct err *e);

/* The status of @service into @s. Returns 0 or -errno as above. */
int client_status(struct client *c, const char *service, struct ctl_status *s, struct err *e);

/* The status of all services into @s, which has room for SERVICES_MAX; *@n is how many. */
int client_list(struct client *c, struct ctl_status *s, unsigned int *n, struct err *e);

/* The row of @service as PID 1 holds it. */
int client_inspect(struct client *c, const char *service, struct service *row, struct err *e);

/* What the kernel says of the jail of @service, beside what its row says. */
int client_verify(struct client *c, const char *service, struct verify_result *result,
		  struct err *e);

#endif
