/* SPDX-License-Identifier: MIT */
#ifndef GEN_FILE_H
#define GEN_FILE_H

#include <stddef.h>

#include "base/err.h"

#define FILE_SIZE_MAX (64u << 20)

/* Memory or death: a build tool has nothing better to do when there is none left. */
void *gen_alloc(size_t n, size_t size);
char *gen_strdup(const char *s);

/* Make room for one more: @array has @n elements of @size. Returns the array, maybe moved. */
void *gen_grow(void *array, size_t n, size_t size);

/*
 * The whole file @path, with a NUL behind it, in memory of its own (the caller frees it). Returns
 * NULL with @e if it cannot be read or is longer than FILE_SIZE_MAX.
 */
char *file_read(const char *path, size_t *len, struct err *e);

/*
 * Write @len bytes to @path so that nobody ever sees half of it: to a new file beside it, which
 * then takes its place. "-" is standard output. Returns 0 or -errno with @e.
 */
int file_write_atomic(const char *path, const void *data, size_t len, struct err *e);

#endif
