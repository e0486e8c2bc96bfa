/* SPDX-License-Identifier: MIT */
#ifndef OS_MEMFD_H
#define OS_MEMFD_H

#include <stddef.h>

#include "base/err.h"

/*
 * Anonymous memory of @size bytes as a file that can never be executed (where the kernel knows
 * MFD_NOEXEC_SEAL, 6.3) and whose size is sealed: no one who holds it can make another's mapping of
 * it fault. memfd_create(2). Returns an fd the caller owns, or -errno. @name is seen in /proc only.
 */
int memfd_make(const char *name, size_t size, struct err *e);

#endif
