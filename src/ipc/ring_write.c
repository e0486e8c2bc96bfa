/* SPDX-License-Identifier: MIT */
#include "ipc/ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "base/time.h"

/*
 * The order of the stores below is the whole point: the process may be killed between any two
 * instructions, and its successor, or a reader on another processor, has to make sense of what is
 * there.
 */
static void store(uint64_t *field, uint64_t value)
{
	__atomic_store_n(field, value, __ATOMIC_RELEASE);
	atomic_signal_fence(memory_order_seq_cst);
}

static uint64_t chunk_span(uint64_t len)
{
	return sizeof(struct ring_chunk) + ((len + 7) & ~7ull);
}

static void ring_put(const struct ring *r, uint64_t pos, const void *from, size_t n)
{
	uint64_t at = pos % r->size;
	size_t first = n < r->size - at ? n : (size_t)(r->size - at);

	memcpy(r->data + at, from, first);
	memcpy(r->data, (const unsigned char *)from + first, n - first);
}

static void ring_get(const struct ring *r, uint64_t pos, void *to, size_t n)
{
	uint64_t at = pos % r->size;
	size_t first = n < r->size - at ? n : (size_t)(r->size - at);

	memcpy(to, r->data + at, first);
	memcpy((unsigned char *)to + first, r->data, n - first);
}

/* splitmix64: unlike any text, unlike the last one. */
static uint64_t pattern_next(struct ring *r)
{
	uint64_t z = r->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/*
 * Byte @i of a destination of @len bytes. A short one is easily hit by chance: no UTF-8 text has
 * these bytes.
 */
static unsigned char pattern_byte(uint64_t pattern, size_t i, uint64_t len)
{
	static const unsigned char never_text[] = {
		0xc0, 0xc1, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
	};
	unsigned char byte = (unsigned char)(pattern >> (8 * (i % 8)));

	return len < 8 ? never_text[byte % sizeof(never_text)] : byte;
}

static void pattern_fill(const struct ring *r, uint64_t pos, uint64_t pattern, uint64_t len)
{
	for (uint64_t i = 0; i < len; i++)
		r->data[(pos + i) % r->size] = pattern_byte(pattern, i, len);
}

/* How many of the last bytes of the destination are still the pattern? */
static uint64_t pattern_left(const struct ring *r, uint64_t pos, uint64_t pattern, uint64_t len)
{
	uint64_t n = 0;

	while (n < len &&
	       r->data[(pos + len - 1 - n) % r->size] == pattern_byte(pattern, len - 1 - n, len))
		n++;
	return n;
}

/*
 * Give up the oldest chunks until @need bytes are free. The positions and chunks were checked when
 * we began.
 */
static void make_room(const struct ring *r, uint64_t need)
{
	struct ring_header *h = r->header;
	uint64_t tail = h->tail;

	while (h->head + need - tail > r->size) {
		struct ring_chunk c;

		ring_get(r, tail, &c, sizeof(c));
		tail += chunk_span(c.len);
	}
	if (tail == h->tail)
		return;
	store(&h->tail, tail);
	/* Nothing of the new chunk may be seen by a reader that still sees the old tail. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static void commit(const struct ring *r, uint64_t len)
{
	struct ring_header *h = r->header;

	store(&h->head, h->head + chunk_span(len));
	store(&h->pending, 0);
}

/* Fewer bytes came than the chunk was made for: say so in its head, before it is committed. */
static void chunk_set_len(const struct ring *r, uint32_t len)
{
	ring_put(r, r->header->head + offsetof(struct ring_chunk, len), &len, sizeof(len));
	atomic_signal_fence(memory_order_seq_cst);
}

static void chunk_begin(const struct ring *r, uint64_t len, uint32_t flags)
{
	struct ring_chunk c = {
		.len = (uint32_t)len,
		.flags = flags,
		.realtime_ns = time_real_ns(),
		.boottime_ns = time_boot_ns(),
	};

	make_room(r, chunk_span(len));
	ring_put(r, r->header->head, &c, sizeof(c));
}

/* Bytes in the pipe, or -errno. pipe(7). */
static int pipe_avail(int pipe_fd)
{
	int n = 0;

	return ioctl(pipe_fd, FIONREAD, &n) < 0 ? -errno : n;
}

ssize_t ring_pull(struct ring *r, int pipe_fd, size_t max)
{
	struct ring_header *h = r->header;
	int avail = pipe_avail(pipe_fd);
	uint64_t len = avail > 0 ? (uint64_t)avail : 0;
	uint64_t dest, at, first;
	struct iovec iov[2];
	ssize_t got;

	if (len > max)
		len = max;
	if (len > RING_CHUNK_MAX)
		len = RING_CHUNK_MAX;
	if (len == 0)
		return avail < 0 ? avail : 0;

	chunk_begin(r, len, 0);
	dest = h->head + sizeof(struct ring_chunk);
	h->pattern = pattern_next(r);
	pattern_fill(r, dest, h->pattern, len);
	store(&h->pending_avail, (uint64_t)avail);
	store(&h->pending_at, h->head);
	store(&h->pending, len);

	at = dest % r->size;
	first = len < r->size - at ? len : r->size - at;
	iov[0] = (struct iovec){ .iov_base = r->data + at, .iov_len = (size_t)first };
	iov[1] = (struct iovec){ .iov_base = r->data, .iov_len = (size_t)(len - first) };
	got = readv(pipe_fd, iov, len > first ? 2 : 1);
	if (got <= 0) {
		got = got < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
		store(&h->pending, 0);
		return got;
	}
	/*
	 * Only a service that plays with its pipe (packet mode, reading from it) makes the read
	 * come short.
	 */
	if ((uint64_t)got < len)
		chunk_set_len(r, (uint32_t)got);
	commit(r, (uint64_t)got);
	return got;
}

/* Do the chunks between tail and head follow each other to the end? */
static bool chunks_sound(const struct ring *r)
{
	const struct ring_header *h = r->header;
	uint64_t pos = h->tail;

	if (h->tail > h->head || h->head - h->tail > r->size || h->tail % 8 || h->head % 8)
		return false;
	while (pos < h->head) {
		struct ring_chunk c;

		if (h->head - pos < sizeof(c))
			return false;
		ring_get(r, pos, &c, sizeof(c));
		if (c.len == 0 || c.len > RING_CHUNK_MAX)
			return false;
		pos += chunk_span(c.len);
	}
	return pos == h->head;
}

/* pending != 0 and head has not moved: had the read happened? Then commit what it brought. */
static void pending_finish(const struct ring *r, int pipe_fd)
{
	struct ring_header *h = r->header;
	uint64_t left =
		pattern_left(r, h->head + sizeof(struct ring_chunk), h->pattern, h->pending);
	bool happened = left < h->pending;
	int avail = pipe_avail(pipe_fd);
	struct ring_chunk c;

	if (h->pending < 8 && avail >= 0 && (uint64_t)avail < h->pending_avail)
		happened = true;
	if (!happened)
		return;
	ring_get(r, h->head, &c, sizeof(c));
	if (c.len > h->pending || c.len == 0)
		c.len = (uint32_t)h->pending;
	/*
	 * The tail of a read that came short; fewer bytes than this may be the pattern by chance.
	 */
	if (left >= 8 && c.len > h->pending - left)
		c.len = (uint32_t)(h->pending - left);
	chunk_set_len(r, c.len);
	commit(r, c.len);
}

/*
 * Forget what is there. Positions go on growing, as far as they can be believed: a reader may hold
 * one.
 */
static void ring_restart(const struct ring *r)
{
	struct ring_header *h = r->header;
	uint64_t at = h->head < 1ull << 62 ? (h->head + 7) & ~7ull : 0;

	store(&h->pending, 0);
	store(&h->tail, at);
	store(&h->head, at);
}

int ring_recover(struct ring *r, int pipe_fd)
{
	struct ring_header *h = r->header;

	if (!chunks_sound(r) || h->pending > RING_CHUNK_MAX ||
	    (h->pending && h->pending_at == h->head &&
	     h->head + chunk_span(h->pending) - h->tail > r->size)) {
		ring_restart(r);
		return 1;
	}
	if (h->pending && h->pending_at == h->head)
		pending_finish(r, pipe_fd);
	store(&h->pending, 0);
	return 0;
}

void ring_count_lost(struct ring *r, uint64_t n)
{
	store(&r->header->lost_bytes, r->header->lost_bytes + n);
}

void ring_mark_lost(struct ring *r)
{
	struct ring_header *h = r->header;
	uint64_t lost = h->lost_bytes - h->lost_marked;

	if (lost == 0)
		return;
	chunk_begin(r, sizeof(lost), RING_LOST);
	ring_put(r, h->head + sizeof(struct ring_chunk), &lost, sizeof(lost));
	/* In this order a marker can get lost with its writer, but never counts twice. */
	store(&h->lost_marked, h->lost_bytes);
	commit(r, sizeof(lost));
}
