/* SPDX-License-Identifier: MIT */
#ifndef GEN_STAGED_H
#define GEN_STAGED_H

#include "gen/svc.h"

/* What the machine of the firmware can run. */
struct arch {
	const char *name; /* as toolchain/arch has it */
	uint16_t machine; /* EM_* */
	unsigned int bits;
	const char *triplet; /* Debian's directory of its libraries */
};

/* The architecture called @name, or NULL. */
const struct arch *arch_find(const char *name);

/* The names of all, parted by blanks. */
const char *arch_names(void);

/*
 * Hold one row against the staged root: its programs, their interpreters and libraries, its files
 * and mounts. What is missing is reported at the line that asks for it.
 */
void staged_check(const struct svc *s, const char *root, const struct arch *arch);

#endif
