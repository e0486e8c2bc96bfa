/* SPDX-License-Identifier: MIT */
#ifndef GEN_ROOT_H
#define GEN_ROOT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"

#define ROOT_PATH_MAX 1024

/*
 * Follow @path below the staged root @root as the kernel would in the running firmware, where /bin,
 * /sbin, /lib and /lib64 are links to those of /usr, and where an absolute link starts at the root
 * again. With @usr_only no step may leave /usr: that is what every jail sees of the firmware.
 * Returns 0 with the path without links in @real and its state in *@st, or -errno with @e ("found
 * ...").
 */
int root_resolve(const char *root, const char *path, bool usr_only, char real[ROOT_PATH_MAX],
		 struct stat *st, struct err *e);

/* Is @root a directory, with a path that leaves room for what is below it? If not, that is reported. */
bool root_is_there(const char *root);

/* The file @real (a result of root_resolve()) in memory, as file_read(). */
char *root_read(const char *root, const char *real, size_t *len, struct err *e);

#endif
