/* SPDX-License-Identifier: MIT */
#include "ipc/ring.h"

#include <errno.h>
#include <string.h>

/* What a chunk of @len bytes takes in the ring. */
static uint64_t chunk_span(uint32_t len)
{
	return sizeof(struct ring_chunk) + (((uint64_t)len + 7) & ~7ull);
}

static void ring_copy(const struct ring *r, uint64_t pos, void *to, size_t n)
{
	uint64_t at = pos % r->size;
	size_t first = n < r->size - at ? n : (size_t)(r->size - at);

	memcpy(to, r->data + at, first);
	memcpy((unsigned char *)to + first, r->data, n - first);
}

/*
 * The other half of the writer's order (tail first, then the data): what was copied is whole if the
 * tail has not passed it since.
 */
static bool overtaken(const struct ring *r, uint64_t pos)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&r->header->tail, __ATOMIC_RELAXED) > pos;
}

int ring_next(const struct ring *r, uint64_t *pos, struct ring_chunk *c,
	      unsigned char buf[RING_CHUNK_MAX])
{
	/* A sound writer cannot overtake for ever; one in enemy hands shall not hold the reader. */
	for (int attempt = 0; attempt < 1000; attempt++) {
		uint64_t tail = __atomic_load_n(&r->header->tail, __ATOMIC_ACQUIRE);
		uint64_t head = __atomic_load_n(&r->header->head, __ATOMIC_ACQUIRE);
		uint64_t from = *pos > tail ? *pos : tail;

		if (from == head)
			return 0;
		if (from > head || head - from > r->size || from % 8) {
			if (overtaken(r, from))
				continue;
			break;
		}
		ring_copy(r, from, c, sizeof(*c));
		if (c->len == 0 || c->len > RING_CHUNK_MAX || chunk_span(c->len) > head - from) {
			if (overtaken(r, from))
				continue;
			break;
		}
		ring_copy(r, from + sizeof(*c), buf, c->len);
		if (overtaken(r, from))
			continue;
		*pos = from + chunk_span(c->len);
		return 1;
	}
	*pos = __atomic_load_n(&r->header->head, __ATOMIC_ACQUIRE);
	return -EBADMSG;
}
