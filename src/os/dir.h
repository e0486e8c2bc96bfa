/* SPDX-License-Identifier: MIT */
#ifndef OS_DIR_H
#define OS_DIR_H

/*
 * The names in a directory without an allocation (opendir(3) makes one): getdents64(2) into a
 * buffer on the stack.
 */
struct dir {
	int fd;	    /* the caller's, O_RDONLY | O_DIRECTORY */
	int filled; /* bytes in buf */
	int at;
	char buf[2048] __attribute__((aligned(8)));
};

/* Begin with the first name of @fd. */
void dir_start(struct dir *d, int fd);

/*
 * The next name but "." and ".."; it lives until the next call. Returns 1, 0 at the end, or -errno.
 * Names that are made or removed meanwhile may come or not.
 */
int dir_next(struct dir *d, const char **name);

#endif
