/* SPDX-License-Identifier: MIT */
#ifndef INIT_JOB_H
#define INIT_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Whatever can sleep (a mount, a sync, waiting for a device) is done by a child of PID 1 with a
 * deadline. The child shares nothing but what it inherits by fork(2); its answer is one fixed-size
 * record over a pipe.
 */

#define JOB_OUT_MAX 128

struct job_result {
	struct err err;		  /* num 0: it went well */
	uint8_t out[JOB_OUT_MAX]; /* what the function wrote to @out */
};

/*
 * Run @fn(@arg, @out, @e) in a child; @out has room for JOB_OUT_MAX bytes, zeroed. @done is called
 * from the loop, once: with what it returned, or with -ETIMEDOUT after @timeout_ms; the child is
 * then killed, and reaped whenever the kernel lets go of it. Returns 0 or -errno (@done is then not
 * called).
 */
int job_start(const char *name, int (*fn)(void *arg, void *out, struct err *e), void *arg,
	      uint32_t timeout_ms, void (*done)(const struct job_result *r), struct err *e);

/* Child @pid was reaped with @wait_status: was it a job? Its result is delivered. */
bool job_reaped(pid_t pid, int wait_status);

/* Deadlines that have come. */
void job_turn(uint64_t now_ms);

/* The next deadline, UINT64_MAX if there is none. */
uint64_t job_deadline_ms(void);

#endif
