/* SPDX-License-Identifier: MIT */
#ifndef CONF_NAMES_H
#define CONF_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* Names of the kernel's numbers, as the table spells them. No system call. */

/* Capabilities, see capabilities(7): all up to CAP_CHECKPOINT_RESTORE. */
#define CAPS_COUNT 41
const char *names_cap(unsigned int cap); /* NULL: no such number */
int names_cap_number(const char *name);	 /* -1: no such name */

/* Signals, see signal(7): 1 to 31, no real-time ones. */
const char *names_signal(unsigned int sig); /* NULL: no such number */
/*
 * The name of namespace @i as systemd has it ("net") and its CLONE_NEW... bit; NULL past the last.
 */
const char *names_namespace(unsigned int i, uint32_t *bit);

int names_signal_number(const char *name); /* -1: no such name */

/* Address families, see address_families(7), the ones a service can have a use for. */
int names_family_number(const char *name); /* -1: no such name */

#endif
