/* SPDX-License-Identifier: MIT */
#ifndef INIT_SEED_H
#define INIT_SEED_H

#include <stdbool.h>

#include "base/err.h"

/*
 * The random seed kept on /data, so that a machine without a hardware generator has good random
 * numbers from its second boot on. Both functions write to a disk and may wait for the generator:
 * run them in a child with a deadline.
 */
#define SEED_DIR  "/data/jailinit"
#define SEED_NAME "random-seed"

/*
 * At boot, once /data is mounted: take the seed that the last boot left. It is mixed in, and
 * credited as entropy (random(4) RNDADDENTROPY) only if it is a regular file of the right size with
 * mode 0600, owned by root, without another link, and was first removed and the removal synced:
 * then no later boot can credit the same bytes again, even after a power cut. Then a new seed is
 * written, as seed_save() does. @credited (may be NULL) tells whether it was. A missing seed is no
 * error. Returns 0 or -errno.
 */
int seed_load(bool *credited, struct err *e);

/*
 * At shutdown, before /data is unmounted: write a fresh seed. Atomic (a new file, fsync, rename,
 * fsync of the directory). Returns 0 or -errno.
 */
int seed_save(struct err *e);

/* The same in the directory @dir_fd; @random_fd is /dev/urandom. For tests. */
int seed_load_at(int dir_fd, int random_fd, bool *credited, struct err *e);
int seed_save_at(int dir_fd, struct err *e);

#endif
