/* SPDX-License-Identifier: MIT */
#ifndef GEN_CONFIG_H
#define GEN_CONFIG_H

#include <stdbool.h>

/* A .config as kconfig writes it, ours or the kernel's. */
struct config_symbol {
	const char *name;  /* without CONFIG_ */
	const char *value; /* y, m, n ("is not set"), a number, or a string without its quotes */
	unsigned int line;
};

struct config {
	const char *file;
	char *text;
	struct config_symbol *symbols;
	unsigned int n;
};

/* Read @path. What is wrong in it is reported. Returns 0, or -1 if it cannot be read at all. */
int config_read(struct config *c, const char *path);
void config_free(struct config *c);

/* The symbol @name (without CONFIG_), or NULL: not in the file. */
const struct config_symbol *config_find(const struct config *c, const char *name);

/* Is @name y (or m)? */
bool config_is_on(const struct config *c, const char *name);

/*
 * The symbol of a key: @prefix, '_' and the key in upper case, words parted by '_' (MemoryMax is
 * MEMORY_MAX, CPUQuota CPU_QUOTA, UMask U_MASK). Also for values and services: '-' becomes '_'.
 * Truncated to @size.
 */
void config_name(char *buf, unsigned int size, const char *prefix, const char *key);

#endif
