/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "ipc/ring.h"
#include "jailctl/command.h"
#include "jailctl/terminal.h"

#define FOLLOW_MS 100
#define YEAR_2000 946684800 /* a clock that was never set shows less */

/* Where the printing of a log is. */
struct printer {
	uint64_t skip; /* lines that are not shown */
	bool times;
	bool in_line; /* the last line has no end yet */
	struct utf8_rest rest;
};

static void put_time(const struct ring_chunk *c)
{
	time_t s = (time_t)(c->realtime_ns / 1000000000);
	struct tm tm;
	char text[32];

	if (s < YEAR_2000 || !gmtime_r(&s, &tm) ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		printf("[%5llu.%03llu] ", (unsigned long long)(c->boottime_ns / 1000000000),
		       (unsigned long long)(c->boottime_ns / 1000000 % 1000));
	else
		printf("%s.%03uZ ", text, (unsigned int)(c->realtime_ns / 1000000 % 1000));
}

static void end_line(struct printer *p)
{
	terminal_write_safe(NULL, 0, &p->rest);
	if (p->in_line)
		putchar('\n');
	p->in_line = false;
}

static void put_lost(struct printer *p, uint64_t lost)
{
	if (p->skip)
		return;
	end_line(p);
	printf("%s-- %llu bytes of output were dropped here (LogRateMax=) --%s\n",
	       terminal_paint(COLOR_YELLOW), (unsigned long long)lost, terminal_plain());
}

static void put_chunk(struct printer *p, const struct ring_chunk *c, const unsigned char *text)
{
	size_t at = 0;

	while (at < c->len) {
		const unsigned char *end = memchr(text + at, '\n', c->len - at);
		size_t n = end ? (size_t)(end - text) - at + 1 : c->len - at;

		if (p->skip) {
			p->skip -= end ? 1 : 0;
			at += n;
			continue;
		}
		if (!p->in_line && p->times)
			put_time(c);
		p->in_line = true;
		if (end)
			terminal_write_safe(text + at, n - 1, &p->rest);
		else
			terminal_write_safe(text + at, n, &p->rest);
		if (end)
			end_line(p);
		at += n;
	}
}

/* How many lines are in the ring now, a last one without an end included? */
static uint64_t count_lines(const struct ring *r)
{
	static unsigned char text[RING_CHUNK_MAX];
	struct ring_chunk c;
	bool in_line = false;
	uint64_t pos = 0, n = 0;

	while (ring_next(r, &pos, &c, text) == 1) {
		if (c.flags & RING_LOST)
			continue;
		for (uint32_t i = 0; i < c.len; i++)
			n += text[i] == '\n';
		in_line = text[c.len - 1] != '\n';
	}
	return n + in_line;
}

static void print_new(struct printer *p, const struct ring *r, uint64_t *pos)
{
	static unsigned char text[RING_CHUNK_MAX];
	struct ring_chunk c;
	int rc;

	while ((rc = ring_next(r, pos, &c, text)) == 1) {
		uint64_t lost;

		if (!(c.flags & RING_LOST)) {
			put_chunk(p, &c, text);
		} else if (c.len == sizeof(lost)) {
			memcpy(&lost, text, sizeof(lost));
			put_lost(p, lost);
		}
	}
	if (rc < 0) {
		end_line(p);
		fputs("jailctl: the log is damaged here, what follows is new\n", stderr);
	}
}

int command_logs(struct call *c)
{
	const struct timespec pause = { .tv_nsec = FOLLOW_MS * 1000000L };
	struct printer p = { .times = !(c->options & OPTION_NO_TIME) };
	cleanup_fd int ring_fd = -1;
	struct err e = ERR_NONE;
	uint64_t pos = 0, n;
	struct ring ring;

	if (client_ask(&c->client, CTL_REQUEST_LOGS, c->names[0], NULL, NULL, &ring_fd, &e))
		return complain_about(c, c->names[0], &e);
	if (ring_map(&ring, ring_fd, false, &e))
		return complain(&e);
	if (c->options & OPTION_LINES) {
		n = count_lines(&ring);
		p.skip = n > c->lines ? n - c->lines : 0;
	}
	print_new(&p, &ring, &pos);
	p.skip = 0;
	while ((c->options & OPTION_FOLLOW) && fflush(stdout) == 0) {
		nanosleep(&pause, NULL);
		print_new(&p, &ring, &pos);
	}
	end_line(&p);
	ring_unmap(&ring);
	return EXIT_OK;
}
