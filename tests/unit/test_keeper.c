/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/time.h"
#include "logd/keeper.h"

#define N 3

struct bench {
	struct keeper keeper;
	int ring_fd[N];
	int pipe_fd[N][2];
	uint64_t pos[N];
	uint64_t kept[N];
	uint64_t lost[N];
};

static struct bench b;

static void add(unsigned int i, uint64_t rate_max, enum log_overflow overflow)
{
	struct service s = { .log_size = 262144,
			     .log_rate_max = rate_max,
			     .log_overflow = (uint8_t)overflow };
	struct err e = ERR_NONE;

	s.name[0] = (char)('a' + i);
	b.ring_fd[i] = ring_create(&s, &e);
	assert_true(b.ring_fd[i] >= 0);
	assert_int_equal(pipe2(b.pipe_fd[i], O_NONBLOCK), 0);
	assert_int_equal(keeper_add(&b.keeper, b.pipe_fd[i][0], b.ring_fd[i], &e), 0);
}

static void feed(unsigned int i, size_t n)
{
	static char bytes[65536];

	assert_int_equal(write(b.pipe_fd[i][1], bytes, n), n);
}

static void look(void)
{
	unsigned char buf[RING_CHUNK_MAX];
	struct ring_chunk c;

	for (unsigned int i = 0; i < b.keeper.n; i++) {
		while (ring_next(&b.keeper.source[i].ring, &b.pos[i], &c, buf) == 1) {
			uint64_t lost = 0;

			if (c.flags & RING_LOST)
				memcpy(&lost, buf, sizeof(lost));
			else
				b.kept[i] += c.len;
			b.lost[i] += lost;
		}
	}
}

static int setup(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < b.keeper.n; i++) {
		ring_unmap(&b.keeper.source[i].ring);
		close(b.ring_fd[i]);
		close(b.pipe_fd[i][0]);
		close(b.pipe_fd[i][1]);
	}
	return 0;
}

static void test_fair(void **state)
{
	(void)state;
	add(0, 1 << 20, OVERFLOW_DROP);
	add(1, 1 << 20, OVERFLOW_DROP);
	feed(0, 65536);
	feed(1, 100);
	keeper_turn(&b.keeper, 0);
	look();
	assert_int_equal(b.kept[0], KEEPER_TURN_BYTES);
	assert_int_equal(b.kept[1], 100);
	for (unsigned int i = 0; i < 10; i++)
		keeper_turn(&b.keeper, 0);
	look();
	assert_int_equal(b.kept[0], 65536);
}

static void test_drop_beyond_rate(void **state)
{
	uint64_t end_ms = time_monotonic_ms() + 3000;

	(void)state;
	add(0, 5000, OVERFLOW_DROP);
	feed(0, 30000);
	for (unsigned int i = 0; i < 10; i++)
		keeper_turn(&b.keeper, 0);
	look();
	assert_int_equal(b.kept[0], 5000);
	assert_int_equal(ring_lost_bytes(b.ring_fd[0]), 25000);
	/*
	 * The ring tells it in the next second, although no more output comes; it does not wait for
	 * some.
	 */
	while (!b.lost[0] && time_monotonic_ms() < end_ms) {
		keeper_turn(&b.keeper, -1);
		look();
	}
	assert_int_equal(b.lost[0], 25000);
	feed(0, 10);
	keeper_turn(&b.keeper, -1);
	look();
	assert_int_equal(b.kept[0], 5010);
}

static void test_block_beyond_rate(void **state)
{
	uint64_t end_ms = time_monotonic_ms() + 5000;
	int in_pipe = 0;

	(void)state;
	add(0, 5000, OVERFLOW_BLOCK);
	add(1, 5000, OVERFLOW_DROP);
	feed(0, 12000);
	for (unsigned int i = 0; i < 10; i++)
		keeper_turn(&b.keeper, 0);
	look();
	assert_int_equal(b.kept[0], 5000);
	assert_int_equal(ioctl(b.pipe_fd[0][0], FIONREAD, &in_pipe), 0);
	assert_int_equal(in_pipe, 7000);
	/* Nobody else is held up by it. */
	feed(1, 10);
	keeper_turn(&b.keeper, 0);
	look();
	assert_int_equal(b.kept[1], 10);
	while (b.kept[0] < 12000 && time_monotonic_ms() < end_ms) {
		keeper_turn(&b.keeper, -1);
		look();
	}
	assert_int_equal(b.kept[0], 12000);
	assert_int_equal(b.lost[0], 0);
}

static void test_bad_fds(void **state)
{
	struct err e = ERR_NONE;
	int in_pipe = 1, end[2];

	(void)state;
	assert_int_equal(keeper_add(&b.keeper, 999, 999, &e), -EBADF);
	/* A ring that is none: the pipe is emptied all the same. */
	assert_int_equal(pipe2(b.pipe_fd[0], O_NONBLOCK), 0);
	b.ring_fd[0] = dup(b.pipe_fd[0][0]);
	assert_int_equal(keeper_add(&b.keeper, b.pipe_fd[0][0], b.ring_fd[0], &e), -EINVAL);
	feed(0, 1000);
	keeper_turn(&b.keeper, 0);
	assert_int_equal(ioctl(b.pipe_fd[0][0], FIONREAD, &in_pipe), 0);
	assert_int_equal(in_pipe, 0);
	/* A pipe without a writer is not asked again and again. */
	assert_int_equal(pipe(end), 0);
	close(b.pipe_fd[0][1]);
	keeper_turn(&b.keeper, 0);
	assert_int_equal(b.keeper.poll[0].fd, -1);
	keeper_turn(&b.keeper, 0);
	assert_int_equal(b.keeper.poll[0].fd, -1);
	close(end[0]);
	b.pipe_fd[0][1] = end[1];
}

static void test_damaged_ring_begins_anew(void **state)
{
	struct keeper second = { 0 };
	struct err e = ERR_NONE;

	(void)state;
	add(0, 5000, OVERFLOW_DROP);
	b.keeper.source[0].ring.header->tail = 5;
	assert_int_equal(keeper_add(&second, b.pipe_fd[0][0], b.ring_fd[0], &e), -EUCLEAN);
	assert_string_equal(e.text, "a: the ring made no sense, its log begins anew");
	feed(0, 5);
	keeper_turn(&second, 0);
	look();
	assert_int_equal(b.kept[0], 5);
	ring_unmap(&second.source[0].ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fair, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drop_beyond_rate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_block_beyond_rate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_fds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_ring_begins_anew, setup, teardown),
	};

	return cmocka_run_group_tests_name("keeper", tests, NULL, NULL);
}
