/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "attack.h"

/*
 * attack jail [ID]              every attack from where this runs; "ok" is one that was refused
 * attack control PID ROW [ID [-uts]]   every attack with its guards taken away, the uts namespace too with -uts;
 *                               "ok" is one that got through
 * attack sweep KIND             what there is of a kind, from where this runs
 * attack half PID ROW GUARDS KIND   the same without these guards (a number, see enum guard)
 * attack listen NAME            wait at an abstract socket, for those that look for one
 * attack forge | race A B | deep DIRECTORY LEVELS   see plant.c
 * attack exit | euid            ends at once, euid with status 0 only as root: payloads of those that execute something
 */

static const struct attack *const tables[] = { attacks_calls, attacks_spaces, attacks_files, attacks_who,
					       attacks_limits };
static const char *const sweeps[] = { "calls", "proc", "devices", "mounts" };

static int number;

static void report(bool ok, const struct attack *a, const char *outcome, const char *more)
{
	printf("%sok %d - %s %s: %s%s%s\n", ok ? "" : "not ", ++number, a->id, a->name, outcome, *more ? "; " : "",
	       more);
	fflush(stdout);
}

static void from_jail(const struct attack *a)
{
	struct outcome o = outcome_of(a);
	char text[64];

	outcome_print(&o, text, sizeof(text));
	report(o.kind == REFUSED || o.kind == KILLED, a, text, o.detail);
}

static void without_guards(const void *arg)
{
	const struct attack *a = arg;
	struct outcome o = outcome_of(a);
	bool reached = (o.kind == REFUSED && a->reached == o.number) ||
		       (o.kind == KILLED && a->reached == REACHED_SIGNAL(o.number));
	char text[64];

	outcome_print(&o, text, sizeof(text));
	if (a->reached)
		report(reached, a, text, reached ? a->note : o.detail);
	else
		report(o.kind == THROUGH, a, text, o.detail);
}

static bool is_wanted(const struct attack *a, const char *id)
{
	return !id || !strcmp(a->id, id);
}

/* pause(2) is not in @default. */
static void __attribute__((noreturn)) stay(void)
{
	for (;;)
		poll(NULL, 0, -1);
}

static void __attribute__((noreturn)) jail_main(const char *id)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct attack *a = tables[t]; a->id; a++)
			if (is_wanted(a, id))
				from_jail(a);
	printf("1..%d\n", number);
	for (size_t i = 0; !id && i < sizeof(sweeps) / sizeof(sweeps[0]); i++)
		sweep_run(sweeps[i]);
	printf("attack: done\n");
	stay();
}

static int control_main(int pid, const char *row, const char *id, unsigned int also)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct attack *a = tables[t]; a->id; a++) {
			struct half h = { pid, row, a->without | also, a->prepare, without_guards, a };

			if (!is_wanted(a, id))
				continue;
			if (half_jail(&h))
				report(false, a, "the control run did not come to its end", "");
			else
				number++;
		}
	printf("1..%d\n", number);
	return 0;
}

static int listen_main(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int len = snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "%s", name);

	if (bind(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) + (socklen_t)len) ||
	    listen(fd, 64))
		return 1;
	stay();
}

static void sweep_there(const void *kind)
{
	sweep_run(kind);
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(part, "exit"))
		return 0;
	if (!strcmp(part, "euid"))
		return geteuid() == 0 ? 0 : EPERM;
	if (!strcmp(part, "forge"))
		plant_forged_lines();
	if (!strcmp(part, "race") && argc > 3)
		return plant_race(argv[2], argv[3]);
	if (!strcmp(part, "deep") && argc > 3)
		return plant_deep(argv[2], atoi(argv[3]));
	if (!strcmp(part, "listen") && argc > 2)
		return listen_main(argv[2]);
	if (!strcmp(part, "jail"))
		jail_main(argc > 2 ? argv[2] : NULL);
	if (!strcmp(part, "control") && argc > 3)
		return control_main(atoi(argv[2]), argv[3], argc > 4 ? argv[4] : NULL,
				    argc > 5 && !strcmp(argv[5], "-uts") ? GUARD_UTS : 0);
	if (!strcmp(part, "sweep") && argc > 2)
		return sweep_run(argv[2]);
	if (!strcmp(part, "half") && argc > 5)
		return half_jail(&(struct half){ atoi(argv[2]), argv[3], (unsigned int)strtoul(argv[4], NULL, 0), NULL,
						 sweep_there, argv[5] });
	fprintf(stderr, "attack: unknown part %s\n", part);
	return 2;
}
