/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

/*
 * The program of the test rows: each first argument is a kind of service, most of them ill-behaved. It is static, so
 * that a row needs nothing but it.
 */

static __attribute__((noreturn)) int hog_main(char **argv)
{
	(void)argv;
	for (size_t total = 0;; total += 1 << 20) {
		char *p = malloc(1 << 20);

		if (p)
			memset(p, 1, 1 << 20);
		if (total % (8 << 20) == 0)
			printf("hog: %zu bytes\n", total);
	}
}

static __attribute__((noreturn)) int fork_bomb_main(char **argv)
{
	unsigned long refused = 0;

	(void)argv;
	for (;;)
		if (fork() < 0 && ++refused % 65536 == 1)
			printf("fork bomb: refused\n");
}

/* As fast as the pipe takes it. */
static __attribute__((noreturn)) int flood_main(char **argv)
{
	(void)argv;
	for (unsigned long i = 0;; i++)
		printf("flood %lu of a line that is long enough to fill a pipe quickly, and says nothing at all\n", i);
}

/* argv[0] lines a second, numbered, argv[1] of them, each written at once. */
static int count_main(char **argv)
{
	long rate = atol(argv[0]), total = argv[1] ? atol(argv[1]) : -1;
	struct timespec pause = { 0, 1000000000l / (rate > 1 ? rate : 2) };
	char line[64];

	for (long i = 0; i != total; i++) {
		int n = snprintf(line, sizeof(line), "line %08ld\n", i);

		if (write(1, line, (size_t)n) != n)
			return 1;
		nanosleep(&pause, NULL);
	}
	for (;;)
		pause.tv_sec = 1, nanosleep(&pause, NULL);
}

static __attribute__((noreturn)) int stubborn_main(char **argv)
{
	(void)argv;
	signal(SIGTERM, SIG_IGN);
	printf("stubborn: SIGTERM is ignored\n");
	for (;;)
		pause();
}

static int exit_main(char **argv)
{
	return argv[0] ? atoi(argv[0]) : 0;
}

static int signal_main(char **argv)
{
	/* Not raise(): musl makes it of tkill(2), which @default does not have. */
	kill(getpid(), argv[0] ? atoi(argv[0]) : SIGABRT);
	return 0;
}

static __attribute__((noreturn)) int sleep_main(char **argv)
{
	(void)argv;
	for (;;)
		pause();
}

/* A unix socket at argv[0]; each connection is told argv[1] and closed. */
static int unix_main(char **argv)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", argv[0]);
	unlink(argv[0]);
	umask(0117);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 16)) {
		perror(argv[0]);
		return 1;
	}
	for (;;) {
		int peer_fd = accept(fd, NULL, NULL);

		if (peer_fd >= 0)
			(void)!write(peer_fd, argv[1], strlen(argv[1]));
		close(peer_fd);
	}
}

/* Sockets by LISTEN_FDS: the first is TCP, the second, if any, is UDP. */
static int captive_main(char **argv)
{
	const char *n = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");

	(void)argv;
	if (!n || !pid || atoi(pid) != getpid()) {
		fprintf(stderr, "captive: LISTEN_FDS=%s LISTEN_PID=%s, and this is process %d\n", n ? n : "(none)",
			pid ? pid : "(none)", getpid());
		return 1;
	}
	return captive_serve(3, atoi(n) > 1 ? 4 : -1);
}

static int listening_socket(int type, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) || (type == SOCK_STREAM && listen(fd, 16)))
		return -1;
	return fd;
}

/*
 * Control run of the attacks on passed sockets: open them (ports argv[0] and argv[1]), move into an empty network
 * namespace as the jail does, without any guard, and run the commands argv[2..].
 */
static int unguarded_main(char **argv)
{
	char answer[1024];

	passed_tcp_fd = listening_socket(SOCK_STREAM, argv[0]);
	passed_udp_fd = listening_socket(SOCK_DGRAM, argv[1]);
	if (passed_tcp_fd < 0 || passed_udp_fd < 0 || unshare(CLONE_NEWNET)) {
		perror("unguarded");
		return 1;
	}
	for (char **command = argv + 2; *command; command++) {
		command_run(*command, answer, sizeof(answer));
		printf("%s\n", answer);
	}
	return 0;
}

static const struct { const char *name; int args; int (*run)(char **argv); } kinds[] = {
	{ "hog", 0, hog_main }, { "fork-bomb", 0, fork_bomb_main }, { "flood", 0, flood_main },
	{ "count", 1, count_main }, { "stubborn", 0, stubborn_main }, { "exit", 0, exit_main },
	{ "signal", 0, signal_main }, { "sleep", 0, sleep_main }, { "unix", 2, unix_main },
	{ "captive", 0, captive_main }, { "unguarded", 2, unguarded_main },
};

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; argc > 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[1], kinds[i].name) && argc - 2 >= kinds[i].args)
			return kinds[i].run(argv + 2);
	fprintf(stderr, "probe: unknown kind of service\n");
	return 2;
}
