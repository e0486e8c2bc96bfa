/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "jailctl/command.h"

int complain(const struct err *e)
{
	char reason[REASON_MAX];

	fflush(stdout);
	fprintf(stderr, "jailctl: %s\n", reason_text(e, reason));
	return EXIT_FAILED;
}

/*
 * One is the beginning of the other, or they differ by one letter (missing, more, another, or two
 * swapped).
 */
static bool is_near(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), head = 0, tail = 0, short_len = la < lb ? la : lb;

	while (head < short_len && a[head] == b[head])
		head++;
	if (head == short_len && short_len >= 3)
		return true;
	while (tail < short_len - head && a[la - 1 - tail] == b[lb - 1 - tail])
		tail++;
	if (la == lb && head + tail + 2 == la)
		return a[head] == b[head + 1] && a[head + 1] == b[head];
	return la - head - tail <= 1 && lb - head - tail <= 1;
}

int complain_about(struct call *c, const char *name, struct err *e)
{
	static struct ctl_status all[SERVICES_MAX];
	struct err other = ERR_NONE;
	unsigned int n = 0, near = 0;

	if (e->num != ENOENT || client_list(&c->client, all, &n, &other) || n == 0)
		return complain(e);
	for (unsigned int i = 0; i < n; i++) {
		/* It exists: ENOENT was about something else. */
		if (strcmp(all[i].name, name) == 0)
			return complain(e);
		near += is_near(all[i].name, name);
	}
	fflush(stdout);
	fprintf(stderr, "jailctl: there is no service %.*s; %s", SERVICE_NAME_MAX, name,
		near ? "did you mean" : "there are");
	for (unsigned int i = 0; i < n; i++)
		if (!near || is_near(all[i].name, name))
			fprintf(stderr, " %s", all[i].name);
	fputs(near ? "?\n" : "\n", stderr);
	return EXIT_FAILED;
}
