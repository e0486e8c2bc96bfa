/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attack.h"

#define EXCHANGE 2 /* RENAME_EXCHANGE */
#define LONG_LINE (1 << 18)
#define NAME_LENGTH 200

/* Lines that would be somebody else's, or commands to a terminal, if they were believed (CVE-2018-15686 ...). */
void plant_forged_lines(void)
{
	static const char lines[] = "before\n"
				    "{\"level\":\"emerg\",\"service\":\"console\",\"text\":\"forged\"}\n"
				    "\033[2J\033]0;forged title\007\033P$q\033\\cleared\n"
				    "carriage\rreturn \b\b\b\x9b""31m invalid \xff\xfe\xc0\xaf end\n"
				    "nul \0 inside\n";
	static char line[LONG_LINE];

	(void)!write(1, lines, sizeof(lines) - 1);
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (size_t done = 0; done < sizeof(line);) {
		ssize_t n = write(1, line + done, sizeof(line) - done);

		done += n > 0 ? (size_t)n : sizeof(line);
	}
	(void)!write(1, "forge: done\n", 12);
	for (;;)
		poll(NULL, 0, -1);
}

int plant_race(const char *a, const char *b)
{
	for (;;)
		syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, EXCHANGE);
}

int plant_deep(const char *directory, int levels)
{
	char name[NAME_LENGTH + 1];

	memset(name, 'd', NAME_LENGTH);
	name[NAME_LENGTH] = 0;
	if (chdir(directory)) {
		perror(directory);
		return 1;
	}
	/* One step at a time: the whole is longer than a path may be. */
	for (int i = 0; i < levels; i++)
		if ((mkdir(name, 0755) && errno != EEXIST) || chown(name, 12345, 12345) || chdir(name)) {
			perror(name);
			return 1;
		}
	return 0;
}
