/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

/* Attacks on who a service is, and on whom it can reach: E06, E15, E19, E20. */

#define BEYOND (GUARD_FILTER | GUARD_CAPS | GUARD_GAIN)
#define SETUID_PROGRAM "/usr/libexec/jailtest/attack-setuid"
#define ABSTRACT_NAME "jailinit-attack"
#define NEIGHBOUR_PORT 9002
#define PIDS_MAX 4096
#define OWN_PROCESSES 8

/* The value of @key in /proc/self/status, read as a number of @base. */
static unsigned long long status_number(const char *key, int base)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long long found = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)) && line[strlen(key)] == ':')
			found = strtoull(line + strlen(key) + 1, NULL, base);
	if (f)
		fclose(f);
	return found;
}

static int any_capability(void)
{
	static const char *const sets[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		unsigned long long caps = status_number(sets[i], 16);

		if (caps) {
			detail("%s %llx", sets[i], caps);
			return 0;
		}
	}
	return -EPERM;
}

static int can_gain(void)
{
	return status_number("NoNewPrivs", 10) == 1 ? -EPERM : 0;
}

static int no_filter(void)
{
	return status_number("Seccomp", 10) == 2 ? -EPERM : 0;
}

static int open_securebits(void)
{
	int bits = prctl(PR_GET_SECUREBITS);
	int wanted = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED;

	return (bits & wanted) == wanted ? -EPERM : 0;
}

static int become_root(void)
{
	return getuid() == 0 || geteuid() == 0 || setuid(0) == 0 ? 0 : -errno;
}

static int a_group(void)
{
	gid_t list[32];
	int n = getgroups(32, list);

	/* getgroups(2) is not in @default: then the kernel's own file tells. */
	if (n < 0) {
		FILE *f = fopen("/proc/self/status", "re");
		char line[256], *end;

		n = 0;
		while (f && fgets(line, sizeof(line), f))
			if (!strncmp(line, "Groups:", 7))
				n = (strtoul(line + 7, &end, 10), end != line + 7);
		if (f)
			fclose(f);
	}
	return n > 0 ? 0 : -EPERM;
}

static void prepare_group(void)
{
	gid_t list[] = { 1234 };

	setgroups(1, list);
}

/* `attack-setuid euid` ends with status 0 when it is root. */
static int setuid_program(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execl(SETUID_PROGRAM, SETUID_PROGRAM, "euid", (char *)NULL);
		_exit(errno);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EFAULT;
}

/* E06: the agent listens there, in the machine's network namespace. */
static int abstract_socket(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path + 1, ABSTRACT_NAME, sizeof(ABSTRACT_NAME) - 1);
	return connect(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
							     sizeof(ABSTRACT_NAME))) ? -errno : 0;
}

static int other_service(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(NEIGHBOUR_PORT),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (struct sockaddr *)&a, sizeof(a)) ? -errno : 0;
}

/* Numbers that answer to a signal: its own few, or the machine's. */
static int foreign_processes(void)
{
	int n = 0;

	for (pid_t pid = 1; pid < PIDS_MAX; pid++)
		n += kill(pid, 0) == 0 || errno == EPERM;
	detail("%d processes", n);
	return n > OWN_PROCESSES ? 0 : -ESRCH;
}

const struct attack attacks_who[] = {
	{ "E15", "a capability", any_capability, GUARD_CAPS, NULL, 0, NULL },
	{ "E15", "no no_new_privs", can_gain, GUARD_GAIN, NULL, 0, NULL },
	{ "E15", "no filter", no_filter, GUARD_FILTER, NULL, 0, NULL },
	{ "E15", "securebits that are open", open_securebits, GUARD_GAIN, NULL, 0, NULL },
	{ "E15", "root", become_root, BEYOND | GUARD_USER, NULL, 0, NULL },
	{ "E15", "setuid(0)", become_root, BEYOND, NULL, 0, NULL },
	{ "E15", "a supplementary group", a_group, GUARD_USER, prepare_group, 0, NULL },
	{ "E15", "a set-user-id program", setuid_program, GUARD_GAIN, prepare_own_programs, 0, NULL },
	{ "E06", "an abstract socket of the machine", abstract_socket, GUARD_NET, NULL, 0, NULL },
	{ "E20", "a port of another service", other_service, GUARD_NET, NULL, 0, NULL },
	{ "E19", "processes of the machine", foreign_processes, GUARD_PIDS, NULL, 0, NULL },
	{ 0 },
};
