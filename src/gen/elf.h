/* SPDX-License-Identifier: MIT */
#ifndef GEN_ELF_H
#define GEN_ELF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define ELF_NEEDED_MAX 64

/* What an ELF program or library needs to run. The texts are inside of the file's data. */
struct elf_needs {
	uint16_t machine;	 /* EM_* of elf.h */
	unsigned int bits;	 /* 32 or 64 */
	const char *interpreter; /* NULL: none (a library, or static) */
	const char *runpath;	 /* NULL: none */
	const char *needed[ELF_NEEDED_MAX];
	unsigned int n_needed;
};

/*
 * Read the headers of a little-endian ELF file; every offset is held against @len. See elf(5).
 * Returns 0, -ENOEXEC if it is no ELF file, or -EINVAL with @e ("found ...") for one that is
 * damaged.
 */
int elf_read(const void *data, size_t len, struct elf_needs *needs, struct err *e);

#endif
