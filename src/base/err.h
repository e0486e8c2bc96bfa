/* SPDX-License-Identifier: MIT */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdint.h>

#define ERR_STEP_MAX 24
#define ERR_TEXT_MAX 228

/*
 * One error, told once by the place that knows, carried unchanged from the launcher through PID 1
 * to the person at jailctl. Lives on the stack, needs no allocation, and is sent as it is over
 * pipes and sockets between our own processes (fixed size, no pointers).
 */
struct err {
	int32_t num;		 /* errno value (> 0), 0 = no error */
	char step[ERR_STEP_MAX]; /* which step was being done ("mount proc"), "" = none */
	char text[ERR_TEXT_MAX]; /* what was wanted, what was found, where; always NUL-terminated */
};

/* No error: all zero. */
#define ERR_NONE ((struct err){ 0 })

/*
 * Fill @e with @num (a positive or negative errno; 0 counts as EINVAL) and a formatted text,
 * truncated to ERR_TEXT_MAX - 1. The step, if one was set, is kept. errno is not read and not
 * changed.
 * Returns -abs(num), so that callers can write: return err_set(e, -errno, "mount %s", path);
 */
int err_set(struct err *e, int num, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Put @fmt and ": " in front of the text that is there (a caller adds where it was). Returns
 * -e->num.
 */
int err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Name the step that failed (truncated to ERR_STEP_MAX - 1). Returns -e->num. */
int err_step(struct err *e, const char *step);

/*
 * The name of an errno value, as the headers spell it ("ENOENT"), or "E?" for one that is not
 * known.
 */
const char *err_name(int num);

/* The other way round: ENOENT for "ENOENT", 0 for a name that is not known. */
int err_number(const char *name);

/*
 * An error that came from another process: force NUL-termination of step and text, replace all
 * bytes but printable ASCII by '?', bound num to 1..4095 (0, no error, stays 0). To be called on
 * every struct err read from a pipe or socket.
 */
void err_sanitise(struct err *e);

#endif
