/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ipc/ring.h"

/* A ring, its pipe, and what a reader has seen of it. */
struct bench {
	int ring_fd;
	int pipe_fd[2];
	struct ring ring; /* mapped by this process, for reading and for recovery */
	uint64_t pos;
	uint64_t fed;  /* bytes written to the pipe: byte i is byte_at(i) */
	uint64_t seen; /* bytes read from the ring and found right */
	uint64_t lost; /* told by RING_LOST */
};

static unsigned char byte_at(uint64_t i)
{
	return (unsigned char)("0123456789abcdefghijklmnopqrstuvwxyz"[(i * 7 + i / 36) % 36]);
}

static void bench_start(struct bench *b, uint64_t size)
{
	struct service s = { .name = "noisy",
			     .log_size = size,
			     .log_rate_max = 1000,
			     .log_overflow = OVERFLOW_BLOCK };
	struct err e = ERR_NONE;

	memset(b, 0, sizeof(*b));
	b->ring_fd = ring_create(&s, &e);
	assert_true(b->ring_fd >= 0);
	assert_int_equal(pipe2(b->pipe_fd, O_NONBLOCK), 0);
	assert_int_equal(ring_map(&b->ring, b->ring_fd, true, &e), 0);
}

static void bench_end(struct bench *b)
{
	ring_unmap(&b->ring);
	close(b->ring_fd);
	close(b->pipe_fd[0]);
	close(b->pipe_fd[1]);
}

static void feed(struct bench *b, size_t n)
{
	unsigned char bytes[RING_CHUNK_MAX];

	for (size_t i = 0; i < n; i++)
		bytes[i] = byte_at(b->fed + i);
	/* Where a child empties the pipe, it may be late on a busy machine. */
	while (write(b->pipe_fd[1], bytes, n) < 0) {
		struct pollfd room = { .fd = b->pipe_fd[1], .events = POLLOUT };

		assert_int_equal(errno, EAGAIN);
		assert_int_equal(poll(&room, 1, 30000), 1);
	}
	b->fed += n;
}

/* Read all there is; every byte must be the next one. */
static void look(struct bench *b)
{
	unsigned char buf[RING_CHUNK_MAX];
	struct ring_chunk c;

	while (ring_next(&b->ring, &b->pos, &c, buf) == 1) {
		if (c.flags & RING_LOST) {
			uint64_t lost;

			memcpy(&lost, buf, sizeof(lost));
			b->lost += lost;
			continue;
		}
		for (uint32_t i = 0; i < c.len; i++)
			assert_int_equal(buf[i], byte_at(b->seen + i));
		b->seen += c.len;
	}
}

static void test_made_and_mapped(void **state)
{
	struct err e = ERR_NONE;
	struct bench b;
	struct ring other;
	int read_fd;

	(void)state;
	bench_start(&b, 10000);
	assert_int_equal(b.ring.size, 12288);
	assert_string_equal(b.ring.header->name, "noisy");
	assert_int_equal(b.ring.header->rate_max, 1000);
	assert_int_equal(b.ring.header->overflow, OVERFLOW_BLOCK);
	assert_int_equal(ftruncate(b.ring_fd, 4096), -1);

	read_fd = ring_open_readonly(b.ring_fd, &e);
	assert_true(read_fd >= 0);
	assert_int_equal(ring_map(&other, read_fd, true, &e), -EACCES);
	assert_int_equal(ring_map(&other, read_fd, false, &e), 0);
	assert_memory_equal(other.header, b.ring.header, sizeof(*other.header));
	ring_unmap(&other);
	ring_unmap(&other);
	close(read_fd);

	assert_int_equal(ring_map(&other, b.pipe_fd[0], false, &e), -EINVAL);
	b.ring.header->magic++;
	assert_int_equal(ring_map(&other, b.ring_fd, false, &e), -EINVAL);
	bench_end(&b);
}

static void test_pull_and_wrap(void **state)
{
	struct bench b;

	(void)state;
	bench_start(&b, 8192);
	assert_int_equal(ring_recover(&b.ring, b.pipe_fd[0]), 0);
	assert_int_equal(ring_pull(&b.ring, b.pipe_fd[0], 100), 0);
	for (unsigned int i = 1; i < 3000; i++) {
		feed(&b, i % RING_CHUNK_MAX + 1);
		while (ring_pull(&b.ring, b.pipe_fd[0], i % 5 ? 9000 : 7) > 0)
			look(&b);
		assert_int_equal(b.seen, b.fed);
	}
	/* Without a reader the newest stays, from the beginning of a chunk. */
	for (unsigned int i = 0; i < 100; i++) {
		feed(&b, 999);
		assert_int_equal(ring_pull(&b.ring, b.pipe_fd[0], 9000), 999);
	}
	b.pos = 0;
	b.seen = b.fed - 8 * 999;
	look(&b);
	assert_int_equal(b.seen, b.fed);
	assert_int_equal(ring_recover(&b.ring, b.pipe_fd[0]), 0);
	bench_end(&b);
}

static void test_lost(void **state)
{
	struct bench b;

	(void)state;
	bench_start(&b, 8192);
	ring_mark_lost(&b.ring);
	assert_int_equal(b.ring.header->head, 0);
	ring_count_lost(&b.ring, 5);
	ring_count_lost(&b.ring, 7);
	assert_int_equal(ring_lost_bytes(b.ring_fd), 12);
	ring_mark_lost(&b.ring);
	ring_mark_lost(&b.ring);
	look(&b);
	assert_int_equal(b.lost, 12);
	bench_end(&b);
}

/*
 * What a service can do to its own pipe: packets, and reading from it. It must not hurt more than
 * its own log.
 */
static void test_short_read(void **state)
{
	struct bench b;

	(void)state;
	bench_start(&b, 8192);
	assert_int_equal(fcntl(b.pipe_fd[1], F_SETFL, O_NONBLOCK | O_DIRECT), 0);
	feed(&b, 100);
	feed(&b, 50);
	assert_int_equal(ring_pull(&b.ring, b.pipe_fd[0], 9000), 100);
	assert_int_equal(ring_pull(&b.ring, b.pipe_fd[0], 9000), 50);
	look(&b);
	assert_int_equal(b.seen, 150);
	assert_int_equal(ring_recover(&b.ring, b.pipe_fd[0]), 0);
	bench_end(&b);
}

/* Let the writer catch up, and hold what it kept against what was fed. */
static void catch_up(struct bench *b)
{
	while (ring_pull(&b->ring, b->pipe_fd[0], 9000) > 0)
		;
	look(b);
	assert_int_equal(b->seen, b->fed);
}

/*
 * The writer has died where ring and pipe are now: does a successor make the best of copies of
 * them?
 */
static void successor_takes_over(const struct bench *b, bool more_output)
{
	struct bench copy;

	bench_start(&copy, b->ring.size);
	memcpy(copy.ring.header, b->ring.header, RING_HEADER_SIZE + b->ring.size);
	tee(b->pipe_fd[0], copy.pipe_fd[1], 65536, SPLICE_F_NONBLOCK);
	copy.pos = b->pos;
	copy.fed = b->fed;
	copy.seen = b->seen;
	if (more_output)
		feed(&copy, 3);
	assert_int_equal(ring_recover(&copy.ring, copy.pipe_fd[0]), 0);
	catch_up(&copy);
	bench_end(&copy);
}

/*
 * One ring_pull() of @len bytes, stopped after every instruction: whenever ring or pipe have
 * changed, nothing may be missing or double for the successor of a writer that died there. Returns
 * the number of different states.
 */
static unsigned int die_at_each_step(struct bench *b, size_t len)
{
	size_t size = RING_HEADER_SIZE + (size_t)b->ring.size;
	unsigned char *last = malloc(size);
	unsigned int n = 0;
	int status, avail = -1;
	pid_t pid;

	feed(b, len);
	pid = fork();
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		ring_pull(&b->ring, b->pipe_fd[0], 9000);
		_exit(0);
	}
	memset(last, 0xee, size);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	while (!WIFEXITED(status)) {
		int now;

		assert_int_equal(ioctl(b->pipe_fd[0], FIONREAD, &now), 0);
		if (now != avail || memcmp(last, b->ring.header, size)) {
			memcpy(last, b->ring.header, size);
			avail = now;
			successor_takes_over(b, false);
			successor_takes_over(b, true);
			n++;
		}
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	free(last);
	catch_up(b);
	return n;
}

static bool can_trace(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void test_death_at_each_instruction(void **state)
{
	struct bench b;

	(void)state;
	if (!can_trace()) {
		print_message("ptrace is not allowed here\n");
		skip();
	}
	/*
	 * Long ones that wrap around the end of the ring, short ones where the pattern alone does
	 * not tell.
	 */
	bench_start(&b, 8192);
	for (unsigned int i = 0; i < 8; i++) {
		assert_true(die_at_each_step(&b, 300) > 20);
		feed(&b, 1100);
		catch_up(&b);
	}
	for (size_t len = 1; len < 20; len++)
		assert_true(die_at_each_step(&b, len) > 8);
	bench_end(&b);
}

/* A writer that runs freely, and is killed at random moments while output keeps coming. */
static void test_death_at_random(void **state)
{
	struct bench b;
	unsigned int seed = 1;

	(void)state;
	bench_start(&b, 65536);
	for (unsigned int i = 0; i < 400; i++) {
		struct timespec wait = { .tv_nsec = rand_r(&seed) % 300000 };
		int status;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			ring_recover(&b.ring, b.pipe_fd[0]);
			for (;;)
				ring_pull(&b.ring, b.pipe_fd[0], 9000);
		}
		for (unsigned int n = 0; n < 8; n++) {
			feed(&b, (unsigned int)rand_r(&seed) % 700 + 1);
			nanosleep(&wait, NULL);
			look(&b);
		}
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	assert_int_equal(ring_recover(&b.ring, b.pipe_fd[0]), 0);
	while (ring_pull(&b.ring, b.pipe_fd[0], 9000) > 0)
		;
	look(&b);
	assert_int_equal(b.seen, b.fed);
	bench_end(&b);
}

/*
 * A reader that is overtaken by a running writer sees a gap, but never a wrong byte within a chunk.
 */
static void test_reader_overtaken(void **state)
{
	unsigned char buf[RING_CHUNK_MAX];
	struct ring_chunk c;
	struct bench b;
	int status;
	pid_t pid;

	(void)state;
	bench_start(&b, 8192);
	pid = fork();
	if (pid == 0) {
		unsigned char bytes[600];

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (unsigned int i = 0;; i++) {
			memset(bytes, (int)(i % 256), sizeof(bytes));
			if (write(b.pipe_fd[1], bytes, i % 600 + 1) > 0)
				ring_pull(&b.ring, b.pipe_fd[0], 9000);
		}
	}
	for (unsigned int i = 0; i < 20000;) {
		int rc = ring_next(&b.ring, &b.pos, &c, buf);

		assert_true(rc >= 0);
		if (rc == 0)
			continue;
		for (uint32_t j = 1; j < c.len; j++)
			assert_int_equal(buf[j], buf[0]);
		i++;
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	bench_end(&b);
}

/* Whatever stands in the ring: the reader ends, and stays in its memory (the sanitizer looks). */
static void test_hostile_ring(void **state)
{
	unsigned char buf[RING_CHUNK_MAX];
	unsigned int seed = 7;
	struct ring_chunk c;
	struct bench b;

	(void)state;
	bench_start(&b, 8192);
	for (unsigned int i = 0; i < 20000; i++) {
		uint64_t pos = i % 3 ? 0 : (uint64_t)rand_r(&seed);
		int rc, n = 0;

		for (unsigned int k = 0; k < 64; k++)
			b.ring.data[(unsigned int)rand_r(&seed) % 8192] =
				(unsigned char)rand_r(&seed);
		b.ring.header->head = ((uint64_t)rand_r(&seed) << (i % 60)) & ~7ull;
		b.ring.header->tail = i % 2 ? b.ring.header->head - (uint64_t)rand_r(&seed) % 9000
					    : (uint64_t)i;
		while ((rc = ring_next(&b.ring, &pos, &c, buf)) == 1)
			assert_true(n++ < 8192 / 24);
		b.ring.header->pending = (uint64_t)rand_r(&seed) % 5000;
		b.ring.header->pending_at = b.ring.header->head;
		ring_recover(&b.ring, b.pipe_fd[0]);
		assert_int_equal(b.ring.header->pending, 0);
		assert_true(b.ring.header->head - b.ring.header->tail <= b.ring.size);
		feed(&b, 10);
		assert_int_equal(ring_pull(&b.ring, b.pipe_fd[0], 9000), 10);
	}
	bench_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_and_mapped),
		cmocka_unit_test(test_pull_and_wrap),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_short_read),
		cmocka_unit_test(test_death_at_each_instruction),
		cmocka_unit_test(test_death_at_random),
		cmocka_unit_test(test_reader_overtaken),
		cmocka_unit_test(test_hostile_ring),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
