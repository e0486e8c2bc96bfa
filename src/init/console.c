/* SPDX-License-Identifier: MIT */
#include "init/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"
#include "init/machine.h"

#define BUFFER 16384
#define LINE   512
/* A console that went away (hangup, EIO) is tried again, but not with each line. */
#define REOPEN_MS 10000

static struct {
	int fd;
	bool color_wanted, color;
	uint64_t retry_ms;
	size_t start, len;
	unsigned int dropped;
} console = { .fd = -1 };

static char buffer[BUFFER]; /* apart from the above, which has a value and takes room in the file */

void console_open(bool color)
{
	const char *term = getenv("TERM");

	console.color_wanted = color;
	fd_close(&console.fd);
	console.fd = open("/dev/console", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	console.retry_ms = time_boot_ms() + REOPEN_MS;
	console.color = color && console.fd >= 0 && isatty(console.fd) && term && *term &&
			strcmp(term, "dumb") != 0;
}

/* Write what is kept. Returns false when nothing more can be written now. */
static bool write_kept(void)
{
	ssize_t n;

	while (console.len > 0) {
		n = write(console.fd, buffer + console.start, console.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return false;
		if (n <= 0) {
			/*
			 * Nobody is there: forget what was kept, it would never be in order again.
			 */
			fd_close(&console.fd);
			console.len = 0;
			console.dropped++;
			return false;
		}
		console.start += (size_t)n;
		console.len -= (size_t)n;
	}
	console.start = 0;
	return true;
}

void console_flush(void)
{
	if (console.fd < 0 && time_boot_ms() >= console.retry_ms)
		console_open(console.color_wanted);
	if (console.fd >= 0)
		write_kept();
}

static void keep(const char *text, size_t len)
{
	if (console.start + console.len + len > BUFFER) {
		memmove(buffer, buffer + console.start, console.len);
		console.start = 0;
	}
	memcpy(buffer + console.start + console.len, text, len);
	console.len += len;
}

static void put_line(const char *line, size_t len)
{
	char note[64];
	int n;

	console_flush();
	/* Also what is said before /dev is mounted is kept, until there is a console. */
	if (console.len + len + sizeof(note) > BUFFER) {
		console.dropped++;
		return;
	}
	if (console.dropped > 0) {
		n = snprintf(note, sizeof(note), "jailinit: %u lines lost here\n", console.dropped);
		keep(note, (size_t)n);
		console.dropped = 0;
	}
	keep(line, len);
	console_flush();
}

void console_say(const char *fmt, ...)
{
	char line[LINE];
	va_list ap;
	size_t i, len;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	len = (size_t)n < sizeof(line) - 2 ? (size_t)n : sizeof(line) - 2;
	for (i = 0; i < len; i++)
		/*
		 * ESC is let through: it comes from console_paint() only, all other text was
		 * cleaned where it came in.
		 */
		if (((unsigned char)line[i] < ' ' && line[i] != '\033') || line[i] == 127)
			line[i] = '?';
	line[len++] = '\n';
	put_line(line, len);
}

void console_err(const char *what, const struct err *e)
{
	console_say("jailinit: %s: %s%s%s (%s)", what, e->step, *e->step ? ": " : "", e->text,
		    err_name(e->num));
}

const char *console_paint(enum console_color color, const char *word)
{
	static const char *const codes[] = { "0", "32", "33", "31", "1" };
	static char kept[4][64];
	static unsigned int next;
	char *text = kept[next++ % 4];

	if (!console.color || color == COLOR_NONE)
		return word;
	snprintf(text, sizeof(kept[0]), "\033[%sm%s\033[0m", codes[color], word);
	return text;
}

int console_waiting_fd(void)
{
	return console.len > 0 ? console.fd : -1;
}

void console_drain(uint32_t timeout_ms)
{
	uint64_t end = time_monotonic_ms() + timeout_ms, now;
	struct pollfd p;

	console_flush();
	while (console.len > 0 && console.fd >= 0) {
		now = time_monotonic_ms();
		if (now >= end)
			return;
		p = (struct pollfd){ .fd = console.fd, .events = POLLOUT };
		poll(&p, 1, (int)(end - now));
		console_flush();
	}
}

static void say(void *ctx, enum report_level level, const struct err *e)
{
	(void)ctx;
	if (level == REPORT_DEBUG && !machine.cmdline.debug)
		return;
	console_say("jailinit: %s%s%s%s",
		    level == REPORT_WARNING ? console_paint(COLOR_YELLOW, "warning: ") : "",
		    e->step, *e->step ? ": " : "", e->text);
}

const struct report console_report = { .say = say };
