/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

#define WORDS_MAX 10

int passed_tcp_fd = -1, passed_udp_fd = -1;

static char *out;
static size_t out_size;

static void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	size_t have = strlen(out);
	va_list args;

	va_start(args, fmt);
	vsnprintf(out + have, out_size - have, fmt, args);
	va_end(args);
}

static void result(long r)
{
	if (r < 0)
		say("errno %d", errno);
	else
		say("ok %ld", r);
}

static struct sockaddr_in address(char **w)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(w[2])) };

	inet_pton(AF_INET, w[1], &a.sin_addr);
	return a;
}

/* A passed listening socket made into a connecting one: it belongs to the host's network namespace. */
static void do_tcp(char **w)
{
	struct sockaddr_in a = address(w);

	shutdown(passed_tcp_fd, SHUT_RDWR);
	result(connect(passed_tcp_fd, (struct sockaddr *)&a, sizeof(a)));
}

/* A datagram to anywhere, from the passed UDP socket. */
static void do_udp(char **w)
{
	struct sockaddr_in a = address(w);

	result(sendto(passed_udp_fd, "attack", 6, 0, (struct sockaddr *)&a, sizeof(a)));
}

/* The same by a first connect() and then send(). */
static void do_udp_connect(char **w)
{
	struct sockaddr_in a = address(w);

	result(connect(passed_udp_fd, (struct sockaddr *)&a, sizeof(a)));
}

/* Wait for a question on the passed UDP socket and send it back to who asked. */
static void do_udp_answer(char **w)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	char text[512];
	ssize_t n;

	(void)w;
	n = recvfrom(passed_udp_fd, text, sizeof(text), 0, (struct sockaddr *)&a, &len);
	result(n < 0 ? n : sendto(passed_udp_fd, text, (size_t)n, 0, (struct sockaddr *)&a, len));
}

static void do_connect(char **w)
{
	struct sockaddr_in a = address(w);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	result(fd < 0 ? fd : connect(fd, (struct sockaddr *)&a, sizeof(a)));
	close(fd);
}

static void do_unix(char **w)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[256] = "";

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", w[1]);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return result(-1);
	if (read(fd, text, sizeof(text) - 1) < 0)
		return result(-1);
	close(fd);
	say("ok %s", text);
}

static void do_open(char **w)
{
	int fd = open(w[1], !strcmp(w[2], "w") ? O_WRONLY : !strcmp(w[2], "c") ? O_WRONLY | O_CREAT : O_RDONLY, 0644);

	result(fd);
	close(fd);
}

static void do_write(char **w)
{
	int fd = open(w[1], O_WRONLY | O_CREAT | O_TRUNC, 0755);

	result(fd < 0 ? fd : write(fd, w[2] ? w[2] : "", w[2] ? strlen(w[2]) : 0));
	close(fd);
}

static void do_read(char **w)
{
	static char text[32768];
	int fd = open(w[1], O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return result(-1);
	close(fd);
	say("ok ");
	for (ssize_t i = 0; i < n; i++)
		if (text[i] == '\n')
			say("\\n");
		else
			say("%c", text[i] ? text[i] : ' ');
}

static void do_ls(char **w)
{
	DIR *d = opendir(w[1]);
	struct dirent *e;

	if (!d)
		return result(-1);
	say("ok");
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			say(" %s", e->d_name);
	closedir(d);
}

static void do_fds(char **w)
{
	(void)w;
	say("ok");
	for (int fd = 0; fd < 1024; fd++) {
		char path[64], target[256];
		ssize_t n;

		if (fcntl(fd, F_GETFD) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		say(" %d=%.*s", fd, n > 0 ? (int)n : 1, n > 0 ? target : "?");
	}
}

static void do_env(char **w)
{
	extern char **environ;

	(void)w;
	say("ok");
	for (char **e = environ; *e; e++)
		say(" %s", *e);
}

static void do_unlink(char **w)
{
	result(unlink(w[1]));
}

static void do_mkdir(char **w)
{
	result(mkdir(w[1], 0755));
}

/* Any system call, numbers only: what a filter or a missing privilege says to it. In a child: a filter may kill. */
static void do_syscall(char **w)
{
	long a[7] = { 0 }, r;
	int status = 0, pipe_fd[2];
	pid_t pid;

	for (int i = 0; i < 7 && w[i + 1]; i++)
		a[i] = strtol(w[i + 1], NULL, 0);
	if (pipe(pipe_fd) || (pid = fork()) < 0)
		return result(-1);
	if (pid == 0) {
		r = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
		int reply = r < 0 ? -errno : 0;

		_exit(write(pipe_fd[1], &reply, sizeof(reply)) < 0);
	}
	int reply = 0;
	close(pipe_fd[1]);
	ssize_t n = read(pipe_fd[0], &reply, sizeof(reply));
	close(pipe_fd[0]);
	waitpid(pid, &status, 0);
	if (n != (ssize_t)sizeof(reply))
		say("killed %d", WTERMSIG(status));
	else if (reply < 0)
		say("errno %d", -reply);
	else
		say("ok");
}

static void do_exec(char **w)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execl(w[1], w[1], w[2], (char *)NULL);
		_exit(errno > 0 && errno < 200 ? errno : 255);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status))
		say("errno %d", WEXITSTATUS(status));
	else
		say(WIFEXITED(status) ? "ok" : "killed %d", WTERMSIG(status));
}

static void do_fill(char **w)
{
	static char block[65536];
	int fd = open(w[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	long total = 0;
	ssize_t n;

	if (fd < 0)
		return result(-1);
	while (total < 256l << 20 && (n = write(fd, block, sizeof(block))) > 0)
		total += n;
	say("ok %ld %d", total, errno);
	close(fd);
	unlink(w[1]);
}

static void do_exit(char **w)
{
	_exit(atoi(w[1]));
}

static const struct { const char *name; int words; void (*run)(char **w); } commands[] = {
	{ "tcp", 2, do_tcp }, { "udp", 2, do_udp }, { "udp-connect", 2, do_udp_connect },
	{ "udp-answer", 0, do_udp_answer }, { "connect", 2, do_connect }, { "unix", 1, do_unix },
	{ "open", 2, do_open }, { "write", 1, do_write }, { "read", 1, do_read }, { "ls", 1, do_ls },
	{ "fds", 0, do_fds }, { "env", 0, do_env }, { "unlink", 1, do_unlink }, { "mkdir", 1, do_mkdir },
	{ "syscall", 1, do_syscall }, { "exec", 1, do_exec }, { "fill", 1, do_fill }, { "exit", 1, do_exit },
};

void command_run(char *line, char *answer, unsigned long size)
{
	char *words[WORDS_MAX + 1] = { NULL };
	int n = 0;

	out = answer;
	out_size = size;
	out[0] = 0;
	for (char *w = strtok(line, " "); w && n < WORDS_MAX; w = strtok(NULL, " "))
		words[n++] = w;
	for (size_t i = 0; n && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(words[0], commands[i].name) && n > commands[i].words)
			return commands[i].run(words);
	say("unknown");
}
