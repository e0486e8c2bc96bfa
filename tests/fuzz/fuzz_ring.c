/* SPDX-License-Identifier: MIT */
/*
 * A log ring whose memory an enemy wrote: the reader ends, goes forward only and stays inside; a
 * writer that takes over makes it sound again. The input is the header from head on, then the data.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/ring.h"

#define SIZE 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct ring ring, reader;
static int pipe_fd[2];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct service s = { .name = "noisy", .log_size = SIZE, .log_rate_max = 100000 };
	struct err e = ERR_NONE;
	int fd = ring_create(&s, &e);

	(void)argc;
	(void)argv;
	if (fd < 0 || ring_map(&ring, fd, true, &e) != 0 || ring_map(&reader, fd, false, &e) != 0 ||
	    pipe2(pipe_fd, O_NONBLOCK | O_CLOEXEC) != 0)
		abort();
	return 0;
}

static void read_all(void)
{
	static unsigned char buf[RING_CHUNK_MAX];
	struct ring_chunk c;
	uint64_t pos = 0, before = 0;
	/* Each chunk takes its head at least. */
	unsigned int left = SIZE / sizeof(struct ring_chunk) + 2;
	int r;

	while ((r = ring_next(&reader, &pos, &c, buf)) == 1) {
		if (pos <= before || left-- == 0 || c.len == 0 || c.len > RING_CHUNK_MAX)
			abort();
		before = pos;
	}
	if (r != 0 && r != -EBADMSG)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const size_t from = offsetof(struct ring_header, head),
		     header = sizeof(struct ring_header) - from;
	size_t n = len < header ? len : header;
	ssize_t got;
	char c;

	memset((char *)ring.header + from, 0, header);
	memcpy((char *)ring.header + from, data, n);
	memset(ring.data, 0, SIZE);
	memcpy(ring.data, data + n, len - n < SIZE ? len - n : SIZE);
	read_all();

	if (write(pipe_fd[1], "hello", 5) != 5)
		abort();
	ring_recover(&ring, pipe_fd[0]);
	do
		got = ring_pull(&ring, pipe_fd[0], 4096);
	while (got > 0);
	ring_count_lost(&ring, 1);
	ring_mark_lost(&ring);
	read_all();
	while (read(pipe_fd[0], &c, 1) == 1)
		;
	return 0;
}
