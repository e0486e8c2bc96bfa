/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "logd/keeper.h"

/*
 * jail-logd: keeps the newest output of every service in a ring in memory. It gets, from fd 3 on,
 * for each row of the table the read end of its pipe and its ring, both made and kept by PID 1. Its
 * own output goes through such a pipe too, which it alone empties: so it says little, never because
 * of what it reads, and never waits for room.
 */
#define FIRST_FD 3

static struct keeper keeper;

static void say(const char *text)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	char line[ERR_TEXT_MAX + 32];
	int n = snprintf(line, sizeof(line), "jail-logd: %s\n", text);

	if (n < 0 || poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT))
		return;
	/* Less than PIPE_BUF: whole or not at all. There is nobody to tell a failure to. */
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}

/*
 * LISTEN_FDS, as sd_listen_fds(3) describes it. Returns the number, 0 if none were passed to this
 * process.
 */
static unsigned int passed_fds(void)
{
	const char *fds = getenv("LISTEN_FDS");
	const char *pid = getenv("LISTEN_PID");
	uint64_t n, to;

	if (!fds || !pid || num_parse_u64(fds, 1, 2ull * SERVICES_MAX, &n) ||
	    num_parse_u64(pid, 1, INT32_MAX, &to) || to != (uint64_t)getpid())
		return 0;
	return (unsigned int)n;
}

int main(int argc, char **argv)
{
	unsigned int n = passed_fds();

	(void)argv;
	if (argc > 1 || n == 0 || n % 2) {
		say("wanted LISTEN_FDS= with a pipe and a ring for each service, as jailinit "
		    "passes them; see jail-logd(8)");
		return 2;
	}
	for (unsigned int i = 0; i < n; i += 2) {
		struct err e = ERR_NONE;

		if (keeper_add(&keeper, FIRST_FD + (int)i, FIRST_FD + (int)i + 1, &e))
			say(e.text);
	}
	for (;;)
		keeper_turn(&keeper, -1);
}
