/* SPDX-License-Identifier: MIT */
#include "ipc/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* Linux 6.3 */
#endif

#define PAGE 4096u
/* Only this keeps a mapping safe from SIGBUS; F_SEAL_SEAL is not needed for it. */
#define SIZE_SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

_Static_assert(sizeof(struct ring_header) <= RING_HEADER_SIZE, "header fits its page");
_Static_assert(RING_CHUNK_MAX + sizeof(struct ring_chunk) <= RING_SIZE_MIN,
	       "a chunk fits the smallest ring");

static int header_write(int fd, const struct service *s, uint64_t size, struct err *e)
{
	struct ring_header h = {
		.magic = RING_MAGIC,
		.size = size,
		.rate_max = s->log_rate_max,
		.overflow = s->log_overflow,
	};
	ssize_t n;

	memcpy(h.name, s->name, sizeof(h.name));
	n = pwrite(fd, &h, sizeof(h), 0);
	if (n != sizeof(h))
		return err_set(e, n < 0 ? errno : EIO,
			       "log ring of %s: its header cannot be written", s->name);
	return 0;
}

int ring_create(const struct service *s, struct err *e)
{
	uint64_t size = (s->log_size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	cleanup_fd int fd = -1;
	char name[SERVICE_NAME_MAX + 8];
	int rc;

	if (size < RING_SIZE_MIN)
		return err_set(e, EINVAL,
			       "log ring of %s: wanted LogSize= of at least %d, found %llu",
			       s->name, RING_SIZE_MIN, (unsigned long long)s->log_size);
	snprintf(name, sizeof(name), "log:%s", s->name);
	fd = memfd_create(name, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return err_set(e, errno, "log ring of %s: memfd_create", s->name);
	/*
	 * Root's alone: who holds a descriptor for reading must not reopen it for writing through
	 * /proc.
	 */
	if (fchmod(fd, 0600) < 0)
		return err_set(e, errno, "log ring of %s: fchmod", s->name);
	if (ftruncate(fd, (off_t)(RING_HEADER_SIZE + size)) < 0)
		return err_set(e, errno, "log ring of %s: ftruncate to %llu bytes", s->name,
			       (unsigned long long)(RING_HEADER_SIZE + size));
	/*
	 * All of it now and on PID 1's account: a full log is no reason for jail-logd to run out of
	 * its memory.
	 */
	if (fallocate(fd, 0, 0, (off_t)(RING_HEADER_SIZE + size)) < 0)
		return err_set(e, errno, "log ring of %s: %llu bytes of memory", s->name,
			       (unsigned long long)(RING_HEADER_SIZE + size));
	rc = header_write(fd, s, size, e);
	if (rc)
		return rc;
	if (fcntl(fd, F_ADD_SEALS, SIZE_SEALS) < 0)
		return err_set(e, errno, "log ring of %s: sealing its size", s->name);
	return fd_steal(&fd);
}

int ring_open_readonly(int fd, struct err *e)
{
	char path[32];
	int read_fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (read_fd < 0)
		return err_set(e, errno, "log ring: opening %s for reading", path);
	return read_fd;
}

uint64_t ring_lost_bytes(int fd)
{
	uint64_t lost;

	if (pread(fd, &lost, sizeof(lost), offsetof(struct ring_header, lost_bytes)) !=
	    sizeof(lost))
		return 0;
	return lost;
}

/* The pattern has to be unknown to the services, no more. */
static uint64_t random_start(const struct ring *r)
{
	uint64_t value;

	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != sizeof(value))
		value = (uint64_t)(uintptr_t)r->data ^ r->header->pattern;
	return value;
}

int ring_map(struct ring *r, int fd, bool writable, struct err *e)
{
	struct stat st;
	int seals;
	void *map;

	memset(r, 0, sizeof(*r));
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "log ring: fstat of fd %d", fd);
	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & SIZE_SEALS) != SIZE_SEALS)
		return err_set(e, EINVAL, "log ring: fd %d is not a memfd with a sealed size", fd);
	if (st.st_size < RING_HEADER_SIZE + RING_SIZE_MIN || st.st_size > (off_t)1 << 30 ||
	    st.st_size % 8)
		return err_set(e, EINVAL,
			       "log ring: fd %d has %lld bytes, which is no size of a ring", fd,
			       (long long)st.st_size);

	map = mmap(NULL, (size_t)st.st_size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED,
		   fd, 0);
	if (map == MAP_FAILED)
		return err_set(e, errno, "log ring: mapping %lld bytes", (long long)st.st_size);
	r->header = map;
	r->data = (unsigned char *)map + RING_HEADER_SIZE;
	r->size = (uint64_t)st.st_size - RING_HEADER_SIZE;
	if (r->header->magic != RING_MAGIC || r->header->size != r->size) {
		ring_unmap(r);
		return err_set(e, EINVAL, "log ring: fd %d has no ring of %lld bytes in it", fd,
			       (long long)st.st_size);
	}
	if (writable)
		r->random = random_start(r);
	return 0;
}

void ring_unmap(struct ring *r)
{
	if (r->header)
		munmap(r->header, (size_t)(RING_HEADER_SIZE + r->size));
	memset(r, 0, sizeof(*r));
}
