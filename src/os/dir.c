/* SPDX-License-Identifier: MIT */
#include "os/dir.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As getdents64(2) describes it; libcs differ in what they call it. */
struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short len;
	unsigned char type;
	char name[];
};

void dir_start(struct dir *d, int fd)
{
	d->fd = fd;
	d->filled = 0;
	d->at = 0;
	lseek(fd, 0, SEEK_SET);
}

int dir_next(struct dir *d, const char **name)
{
	for (;;) {
		const struct entry *entry;

		if (d->at >= d->filled) {
			long n = syscall(SYS_getdents64, d->fd, d->buf, sizeof(d->buf));

			if (n <= 0)
				return n < 0 ? -errno : 0;
			d->filled = (int)n;
			d->at = 0;
		}
		entry = (const struct entry *)(const void *)(d->buf + d->at);
		d->at += entry->len;
		if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
			continue;
		*name = entry->name;
		return 1;
	}
}
