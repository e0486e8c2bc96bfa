/* SPDX-License-Identifier: MIT */
/*
 * The ELF reader of jail-gen: all texts it gives out are inside of the file and terminated there.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gen/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *begin;
static size_t size;

static void inside(const char *text)
{
	if (text && (text < begin || text >= begin + size ||
		     !memchr(text, '\0', (size_t)(begin + size - text))))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct elf_needs needs;
	struct err e = ERR_NONE;
	char *file = malloc(len ? len : 1);

	memcpy(file, data, len);
	begin = file;
	size = len;
	if (elf_read(file, len, &needs, &e) == 0) {
		if (needs.n_needed > ELF_NEEDED_MAX)
			abort();
		inside(needs.interpreter);
		inside(needs.runpath);
		for (unsigned int i = 0; i < needs.n_needed; i++)
			inside(needs.needed[i]);
	}
	free(file);
	return 0;
}
