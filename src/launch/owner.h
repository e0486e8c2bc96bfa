/* SPDX-License-Identifier: MIT */
#ifndef LAUNCH_OWNER_H
#define LAUNCH_OWNER_H

#include <sys/stat.h>

#include "base/err.h"

/* Beyond these a directory is not given to another owner: somebody plays with the boot time. */
#define OWNER_ENTRIES_MAX 100000
#define OWNER_DEPTH_MAX	  24

/*
 * Open the directory @name in @base_fd (@where is its path, for messages), made if it is not there,
 * and see to it that it and all in it belong to @uid and @gid and that it has @mode. What was in it
 * was written by somebody who is not trusted: no link is followed, no other file system entered,
 * and a file with several names is refused (-EMLINK), since another of its names may be somebody
 * else's. The directory itself is given last, so that a walk that was interrupted is done again.
 * Returns its fd (O_CLOEXEC) or -errno with @e.
 */
struct owner {
	uid_t uid;
	gid_t gid;
	mode_t mode;
};
int owner_open_dir(int base_fd, const char *where, const char *name, const struct owner *o,
		   struct err *e);

#endif
