/* SPDX-License-Identifier: MIT */
#ifndef IPC_RING_H
#define IPC_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "conf/service.h"

/*
 * The log ring of one service: a memfd that PID 1 makes and keeps, jail-logd writes (the only
 * writer) and jailctl reads. It survives the death of jail-logd at any instruction without losing
 * or doubling a byte:
 *
 * - what is committed lies between tail and head (both only grow; position p is data[p % size]);
 *
 * - output is stored as chunks: struct ring_chunk, then len bytes, padded to 8. A chunk may wrap
 *   around the end;
 *
 * - before reading k bytes from the pipe (k <= FIONREAD, and it is the only reader, so read returns
 *   exactly k) the writer stores the chunk's head, fills the destination with a pattern and stores
 *   the pending length; then reads straight into the ring; then moves head. A successor that finds
 *   pending != 0 looks whether the pattern is still there: if not, the read had happened, and it
 *   commits the chunk.
 *
 *   The pattern is random; for k < 8 it is made of bytes that are in no UTF-8 text, and the
 *   successor also knows that the read happened if the pipe holds less than before it. What is
 *   left: binary output of less than 8 bytes, equal to the random bytes, with more output right
 *   behind it, at the death of the logger between two instructions.
 *
 * The memfd cannot change its size (sealed), so that nobody who maps it can be killed by another
 * (SIGBUS).
 */
#define RING_MAGIC     0x6a72696e67303131ull
#define RING_SIZE_MIN  8192
#define RING_CHUNK_MAX 4096 /* most bytes of output in one chunk */

struct ring_header { /* at offset 0, RING_HEADER_SIZE bytes reserved */
	uint64_t magic;
	uint64_t size;		/* bytes of data[], a multiple of 8 */
	uint64_t head;		/* written with release order, after the data */
	uint64_t tail;		/* oldest whole chunk; moved before that chunk is overwritten */
	uint64_t lost_bytes;	/* dropped by LogOverflow=drop since boot */
	uint64_t lost_marked;	/* how many of them a RING_LOST chunk has told */
	uint64_t pending;	/* length of the read under way, 0 = none */
	uint64_t pending_at;	/* head when it began: if head has moved, it is committed */
	uint64_t pending_avail; /* FIONREAD before it */
	uint64_t pattern;	/* what its destination was filled with */
	uint64_t rate_max;	/* LogRateMax=, bytes per second */
	uint32_t overflow;	/* LogOverflow=, enum log_overflow */
	uint32_t pad;
	char name[SERVICE_NAME_MAX]; /* whose log it is */
};
#define RING_HEADER_SIZE 4096

struct ring_chunk {
	uint32_t len;	/* bytes of output that follow, 1..RING_CHUNK_MAX */
	uint32_t flags; /* RING_LOST: no output, lost bytes before this point: u64 in the data */
	uint64_t realtime_ns; /* CLOCK_REALTIME when it was read */
	uint64_t boottime_ns; /* CLOCK_BOOTTIME */
};
enum { RING_LOST = 1 };

/* A ring in this process's memory. */
struct ring {
	struct ring_header *header;
	unsigned char *data;
	uint64_t size;   /* of data[]: the memfd's, never read from shared memory again */
	uint64_t random; /* writer: state of the pattern generator */
};

/* For PID 1 */

/*
 * Make the ring of row @s: a sealed memfd, mode 0600, of LogSize= rounded up to pages, all its
 * memory allocated, and fill in its header.
 * Returns the fd (O_CLOEXEC) or -errno. memfd_create(2).
 */
int ring_create(const struct service *s, struct err *e);

/*
 * A read-only descriptor of the same memfd, for CTL_FD (needs /proc). Returns the fd (O_CLOEXEC) or
 * -errno.
 */
int ring_open_readonly(int fd, struct err *e);

/* ctl_status.log_lost_bytes of the ring @fd: one pread(2), no mapping. 0 when it cannot be read. */
uint64_t ring_lost_bytes(int fd);

/* For jail-logd and jailctl */

/*
 * Map the ring @fd and check that it is one: magic, sizes, the seals. Nothing in it is trusted
 * later, a reader may use it while a writer in enemy hands scribbles over it. Returns 0, or -errno
 * with @r unusable.
 */
int ring_map(struct ring *r, int fd, bool writable, struct err *e);
void ring_unmap(struct ring *r);

/*
 * Writer, once before anything else: finish what a predecessor that was killed left in the middle
 * (see above). @pipe_fd is the read end of the service's pipe. Returns 0, or 1 when the ring's
 * contents made no sense and it was started anew (what was in it is gone).
 */
int ring_recover(struct ring *r, int pipe_fd);

/*
 * Writer: move at most @max bytes (and one chunk) from @pipe_fd, which must not block, into the
 * ring, at the cost of the oldest chunks. Returns the bytes moved, 0 if there were none, or -errno.
 */
ssize_t ring_pull(struct ring *r, int pipe_fd, size_t max);

/*
 * Writer: @n bytes were thrown away. ring_mark_lost() then says so in the ring, if there is
 * something new to say.
 */
void ring_count_lost(struct ring *r, uint64_t n);
void ring_mark_lost(struct ring *r);

/*
 * Reader: the chunk at *@pos, its head into @c and its bytes into @buf, and *@pos moves behind it.
 * Begin with 0: when the writer has overwritten *@pos, reading goes on at the oldest chunk there
 * is. Consistent while the writer runs.
 * Returns 1, 0 when there is no more yet, or -EBADMSG when the ring is damaged (*@pos is then at
 * its head).
 */
int ring_next(const struct ring *r, uint64_t *pos, struct ring_chunk *c,
	      unsigned char buf[RING_CHUNK_MAX]);

#endif
