/* SPDX-License-Identifier: MIT */
#ifndef OS_CAPS_H
#define OS_CAPS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Capabilities of the calling thread as bit masks (bit n is capability n), see capabilities(7). All
 * return 0 or -errno; each writing one reads back what the kernel made of it and returns -EPERM
 * when that is something else.
 */

/* How many capabilities this kernel knows: bits 0 to caps_count() - 1. */
unsigned int caps_count(void);

/* Drop everything but @keep from the bounding set. Needs CAP_SETPCAP. */
int caps_keep_bounding(uint64_t keep);

/* Set the three sets of the thread. */
int caps_set(uint64_t effective, uint64_t permitted, uint64_t inheritable);

/* Raise each capability of @ambient, which have to be permitted and inheritable. */
int caps_raise_ambient(uint64_t ambient);

/* Set securebits (SECBIT_*). Needs CAP_SETPCAP. */
int caps_set_securebits(unsigned int bits);

/* Keep the permitted set over the next change of all uids away from 0; cleared by exec. */
int caps_keep_over_setuid(void);

#endif
