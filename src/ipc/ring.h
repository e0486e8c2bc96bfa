/* SPDX-License-Identifier: MIT */
#ifndef IPC_RING_H
#define IPC_RING_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The log ring of one service: a memfd that PID 1 makes and keeps, jail-logd writes (the only writer) and jailctl
 * reads. It survives the death of jail-logd at any instruction without losing or doubling a byte:
 *
 *  - what is committed lies between tail and head (both only grow; position p is data[p % size]);
 *  - output is stored as chunks: struct ring_chunk, then len bytes, padded to 8. A chunk may wrap around the end;
 *  - before reading k bytes from the pipe (k <= FIONREAD, and it is the only reader, so read returns exactly k) the
 *    writer stores the pending length and fills the destination with a pattern; then reads straight into the ring;
 *    then moves head. A successor that finds pending != 0 looks whether the pattern is still there: if not, the read
 *    had happened, and it commits the chunk.
 */
#define RING_MAGIC 0x6a72696e67303131ull

struct ring_header {   /* at offset 0, RING_HEADER_SIZE bytes reserved */
	uint64_t magic;
	uint64_t size;        /* bytes of data[], a multiple of 8 */
	uint64_t head;        /* written with release order, after the data */
	uint64_t tail;        /* oldest whole chunk; moved before that chunk is overwritten */
	uint64_t seq;         /* number of chunks ever committed */
	uint64_t lost_bytes;  /* dropped by LogOverflow=drop, or by PID 1 while there was no writer */
	uint64_t pending;     /* length of the read under way, 0 = none */
	uint64_t pattern;     /* what its destination was filled with */
};
#define RING_HEADER_SIZE 4096

struct ring_chunk {
	uint32_t len;         /* bytes of output that follow */
	uint32_t flags;       /* RING_LOST: no output, lost bytes before this point: u64 in the data */
	uint64_t realtime_ns; /* CLOCK_REALTIME when it was read */
	uint64_t boottime_ns; /* CLOCK_BOOTTIME */
};
enum { RING_LOST = 1 };

#endif
