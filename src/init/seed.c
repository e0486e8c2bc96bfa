/* SPDX-License-Identifier: MIT */
#include "init/seed.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#define SEED_BYTES 64
#define SEED_NEW   SEED_NAME ".new"

/* Is this the file that seed_save() wrote, and nobody else's? */
static bool file_sound(const struct stat *st)
{
	return S_ISREG(st->st_mode) && (st->st_mode & 07777) == 0600 && st->st_uid == geteuid() &&
	       st->st_nlink == 1 && st->st_size == SEED_BYTES;
}

/* Mix @seed in, and count it as so much entropy; else mix it in only. random(4). */
static int mix_in(int random_fd, const unsigned char seed[SEED_BYTES], bool credit, struct err *e)
{
	unsigned char raw[sizeof(struct rand_pool_info) + SEED_BYTES]
		__attribute__((aligned(_Alignof(struct rand_pool_info)))) = { 0 };
	struct rand_pool_info *pool = (struct rand_pool_info *)(void *)raw;

	if (!credit) {
		int rc = fd_write_full(random_fd, seed, SEED_BYTES);

		return rc ? err_set(e, rc, "random seed: mixing it in") : 0;
	}
	pool->entropy_count = SEED_BYTES * 8;
	pool->buf_size = SEED_BYTES;
	memcpy(pool->buf, seed, SEED_BYTES);
	if (ioctl(random_fd, RNDADDENTROPY, pool) < 0)
		return err_set(e, errno, "random seed: RNDADDENTROPY");
	return 0;
}

int seed_save_at(int dir_fd, struct err *e)
{
	unsigned char seed[SEED_BYTES];
	cleanup_fd int fd = -1;
	int rc;

	/*
	 * Waits until the kernel's generator is ready: a seed from before that would be worth
	 * nothing.
	 */
	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		return err_set(e, errno, "random seed: getrandom");
	unlinkat(dir_fd, SEED_NEW, 0);
	fd = openat(dir_fd, SEED_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fchmod(fd, 0600) < 0)
		return err_set(e, errno, "random seed: making " SEED_DIR "/" SEED_NEW);
	rc = fd_write_full(fd, seed, sizeof(seed));
	explicit_bzero(seed, sizeof(seed));
	if (rc)
		return err_set(e, rc, "random seed: writing " SEED_DIR "/" SEED_NEW);
	if (fsync(fd) < 0)
		return err_set(e, errno, "random seed: fsync of " SEED_DIR "/" SEED_NEW);
	if (renameat(dir_fd, SEED_NEW, dir_fd, SEED_NAME) < 0)
		return err_set(e, errno, "random seed: renaming " SEED_NEW " to " SEED_NAME);
	if (fsync(dir_fd) < 0)
		return err_set(e, errno, "random seed: fsync of " SEED_DIR);
	return 0;
}

/*
 * Read the old seed and remove it for good. *@sound: it may be credited. Returns 0, 1 if there is
 * none, or -errno.
 */
static int take_old(int dir_fd, unsigned char seed[SEED_BYTES], bool *sound, struct err *e)
{
	/* O_NONBLOCK: a FIFO in its place must not hold us. */
	cleanup_fd int fd =
		openat(dir_fd, SEED_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	*sound = false;
	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd >= 0 && fstat(fd, &st) == 0 && file_sound(&st))
		*sound = fd_read_full(fd, seed, SEED_BYTES) == SEED_BYTES;
	if (unlinkat(dir_fd, SEED_NAME, 0) < 0)
		return err_set(e, errno,
			       "random seed: removing the old " SEED_DIR "/" SEED_NAME
			       ", it is not used");
	if (fsync(dir_fd) < 0)
		return err_set(e, errno,
			       "random seed: fsync of " SEED_DIR ", the old seed is not used");
	return *sound ? 0 : 1;
}

int seed_load_at(int dir_fd, int random_fd, bool *credited, struct err *e)
{
	unsigned char seed[SEED_BYTES] = { 0 };
	bool sound = false;
	int rc, rc_save;
	struct err save = ERR_NONE;

	rc = take_old(dir_fd, seed, &sound, e);
	if (rc <= 0 && sound)
		/*
		 * A removal that may not have reached the disk: the same bytes could be credited
		 * again.
		 */
		rc = rc ? (mix_in(random_fd, seed, false, &save), rc)
			: mix_in(random_fd, seed, true, e);
	explicit_bzero(seed, sizeof(seed));
	if (credited)
		*credited = sound && rc == 0;

	rc_save = seed_save_at(dir_fd, &save);
	if (rc < 0 || !rc_save)
		return rc < 0 ? rc : 0;
	*e = save;
	return rc_save;
}

static int open_dir(struct err *e)
{
	int fd = open(SEED_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? err_set(e, errno, "random seed: opening " SEED_DIR) : fd;
}

int seed_load(bool *credited, struct err *e)
{
	cleanup_fd int dir_fd = open_dir(e);
	cleanup_fd int random_fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);

	if (credited)
		*credited = false;
	if (dir_fd < 0)
		return -e->num;
	if (random_fd < 0)
		return err_set(e, errno, "random seed: opening /dev/urandom");
	return seed_load_at(dir_fd, random_fd, credited, e);
}

int seed_save(struct err *e)
{
	cleanup_fd int dir_fd = open_dir(e);

	return dir_fd < 0 ? -e->num : seed_save_at(dir_fd, e);
}
