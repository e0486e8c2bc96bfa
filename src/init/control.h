/* SPDX-License-Identifier: MIT */
#ifndef INIT_CONTROL_H
#define INIT_CONTROL_H

/*
 * The control channel of row @i (ControlSocket=yes) has something: one request is answered in each
 * turn of the loop, so that no channel can hold PID 1. What is not listed in ipc/messages.def for
 * this sender is denied. An answer that the peer does not take is dropped: who asks has a deadline
 * of its own.
 */
void control_ready(unsigned int i);

/* The row has ended. */
void control_close(unsigned int i);

#endif
