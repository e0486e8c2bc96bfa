/* SPDX-License-Identifier: MIT */
#ifndef LAUNCH_MOUNTINFO_H
#define LAUNCH_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Lines of /proc/PID/mountinfo, proc_pid_mountinfo(5). */

#define MOUNTINFO_PATH_MAX 256

enum mountinfo_flag { MOUNT_RDONLY = 1, MOUNT_NOSUID = 2, MOUNT_NODEV = 4, MOUNT_NOEXEC = 8 };

struct mountinfo {
	unsigned int flags; /* enum mountinfo_flag, of the mount itself */
	bool peers;	    /* it propagates to others, or others to it */
	char root[MOUNTINFO_PATH_MAX];
	char target[MOUNTINFO_PATH_MAX];
	char type[32];
	char super[MOUNTINFO_PATH_MAX]; /* options of the file system, cut to this size */
};

/*
 * The line at *@at (which moves behind it), before @end. Blanks, tabs, newlines and backslashes are
 * octal escapes in paths. Returns 1, 0 at the end, or -EINVAL or -ENAMETOOLONG with @e: then nothing
 * can be said about this line, and so not about the mounts either.
 */
int mountinfo_next(const char **at, const char *end, struct mountinfo *m, struct err *e);

/* Is @word one of the comma-separated @options? */
bool mountinfo_has(const char *options, const char *word);

/* "ro,nosuid,nodev" into @text, which has room for MOUNTINFO_FLAGS_MAX. Returns @text. */
#define MOUNTINFO_FLAGS_MAX 32
const char *mountinfo_flags_text(unsigned int flags, char text[MOUNTINFO_FLAGS_MAX]);

#endif
