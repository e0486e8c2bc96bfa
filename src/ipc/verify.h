/* SPDX-License-Identifier: MIT */
#ifndef IPC_VERIFY_H
#define IPC_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ipc/launch.h"

/*
 * The contract between PID 1 and `jail-launch --verify`, which reads what the kernel says of a
 * service that runs, holds it against the row, answers one struct verify_result, and ends.
 *
 * fd 0 to 2: /dev/null; then:
 */
enum verify_fd {
	VERIFY_FD_RECORD = LAUNCH_FD_RECORD, /* memfd with the record that it was started from */
	VERIFY_FD_RESULT,		     /* pipe for the struct verify_result */
	VERIFY_FD_PID,			     /* pidfd of the service */
	VERIFY_FD_CGROUP		     /* its cgroup, a directory */
};
#define VERIFY_OPTION "--verify"

/* clang-format off */
#define VERIFY_CHECKS_MAX 64
#define VERIFY_WHAT_MAX 44
#define VERIFY_TEXT_MAX 56
/* clang-format on */

/* One thing compared. Texts are cut to their size. */
struct verify_check {
	uint32_t failed; /* 0 or 1 */
	char what[VERIFY_WHAT_MAX];
	char declared[VERIFY_TEXT_MAX];
	char effective[VERIFY_TEXT_MAX];
};

struct verify_result {
	uint32_t gone;	   /* 1: the service has ended meanwhile, and nothing is to be said of it */
	uint32_t n_checks; /* made */
	uint32_t n_failed;
	uint32_t n;	/* kept here, those that failed before all others */
	struct err err; /* num != 0: it could not be done to its end */
	struct verify_check check[VERIFY_CHECKS_MAX];
};

/* Note one comparison. Where there is no room, one that failed takes the place of one that did not. */
void verify_add(struct verify_result *r, bool ok, const char *what, const char *declared,
		const char *effective);

/*
 * The reader's side: @len bytes that came as a result. Texts are made safe to print. Returns 0, or
 * -EBADMSG with @e for what cannot be one. Pure.
 */
int verify_result_check(struct verify_result *r, size_t len, struct err *e);

/* Did all hold? Not if nothing was compared, nor if it was not done to its end. */
bool verify_holds(const struct verify_result *r);

/*
 * What is wrong with it, into @e, with the step "verify": the first that failed, as declared and as
 * found, and how many there are. Returns -e->num.
 */
int verify_explain(const struct verify_result *r, struct err *e);

#endif
