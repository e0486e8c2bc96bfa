/* SPDX-License-Identifier: MIT */
#ifndef OS_SECCOMP_H
#define OS_SECCOMP_H

#include <linux/filter.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Load the @n instructions at @filter as a seccomp filter of the calling thread; it holds for
 * everything that the thread forks or execs later and can never be taken away. Needs no_new_privs
 * or CAP_SYS_ADMIN. The array is copied by the kernel. An empty filter is refused (-EINVAL): no
 * filter is never what a caller wanted. Returns 0 or -errno with @e filled in. See seccomp(2),
 * SECCOMP_SET_MODE_FILTER.
 */
int seccomp_install(const struct sock_filter *filter, uint16_t n, struct err *e);

#endif
