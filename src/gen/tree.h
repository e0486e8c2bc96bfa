/* SPDX-License-Identifier: MIT */
#ifndef GEN_TREE_H
#define GEN_TREE_H

#include <stddef.h>

#include "base/err.h"

/*
 * Making files below a directory, with fixed modes so that the same input gives the same image:
 * directories 0755, files 0644, whatever the umask is. All return 0 or -errno with @e.
 */

/* Make directory @path and those above it; one that is there is fine. */
int tree_make_dir(const char *path, struct err *e);

int tree_write_file(const char *path, const void *data, size_t len, struct err *e);
int tree_make_link(const char *path, const char *target, struct err *e);

/*
 * Copy the file or the directory with all below it at @from to @to; @root is where absolute links
 * start.
 */
int tree_copy(const char *root, const char *from, const char *to, struct err *e);

/* Remove @path and all below it; nothing there is fine. Links are removed, not followed. */
int tree_remove(const char *path, struct err *e);

#endif
