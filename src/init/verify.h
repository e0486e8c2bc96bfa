/* SPDX-License-Identifier: MIT */
#ifndef INIT_VERIFY_H
#define INIT_VERIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Reading back what became of a jail: `jail-launch --verify`, a process with a deadline, for each
 * start and whenever somebody asks. A start that does not verify is stopped (EVENT_UNSOUND), also
 * when it could not be read back. Not on the path of the start: the program runs meanwhile.
 */

/* The program of row @i runs since just now. */
void verify_want(unsigned int i);

/*
 * Row @asker wants to know about row @i; the answer goes to its control channel, with @seq. What is
 * found then is told, and changes nothing. Returns 0 or -errno with @e: no answer will come.
 */
int verify_ask(unsigned int i, unsigned int asker, uint32_t seq, struct err *e);

/* Child @pid was reaped with @wait_status: was it one of these? Its result is acted upon. */
bool verify_reaped(pid_t pid, int wait_status);

/* Deadlines that have come, and who is next. */
void verify_turn(uint64_t now_ms);

/* The next deadline, UINT64_MAX if there is none. */
uint64_t verify_deadline_ms(void);

#endif
