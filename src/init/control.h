/* SPDX-License-Identifier: MIT */
#ifndef INIT_CONTROL_H
#define INIT_CONTROL_H

#include "ipc/verify.h"

/*
 * The control channel of row @i (ControlSocket=yes) has something: one request is answered in each
 * turn of the loop, so that no channel can hold PID 1. What is not listed in ipc/messages.def for
 * this sender is denied. An answer that the peer does not take is dropped: who asks has a deadline
 * of its own.
 */
void control_ready(unsigned int i);

/*
 * The answer to a CTL_REQUEST_VERIFY of row @asker with @seq about row @i: @result, or @e if its num
 * is set.
 */
void control_send_verify(unsigned int asker, uint32_t seq, unsigned int i,
			 const struct verify_result *result, const struct err *e);

/* The row has ended. */
void control_close(unsigned int i);

#endif
