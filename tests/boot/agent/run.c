/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define OUTPUT_MAX (8u << 20)

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Into every namespace of @pid; only a child made afterwards is in its pid namespace. */
static int enter(int32_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return -errno;
	if (setns(fd, CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNS))
		return -errno;
	close(fd);
	return 0;
}

static void __attribute__((noreturn)) child_exec(const struct run *r, int in_fd, int out_fd, int err_fd)
{
	static const char busybox[] = "/bin/busybox";
	extern char **environ;
	int prog_fd;

	setsid();
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	dup2(in_fd, 0);
	dup2(out_fd, 1);
	dup2(err_fd, 2);
	if (r->ns_pid <= 0) {
		execvp(r->argv[0], r->argv);
		dprintf(2, "agent: exec %s: %s\n", r->argv[0], strerror(errno));
		_exit(127);
	}
	/* The jail has none of our programs: exec an open file. Not O_CLOEXEC: a script's interpreter would miss it. */
	prog_fd = open(strchr(r->argv[0], '/') ? r->argv[0] : busybox, O_RDONLY);
	if (enter(r->ns_pid)) {
		dprintf(2, "agent: namespaces of %d: %s\n", r->ns_pid, strerror(errno));
		_exit(126);
	}
	pid_t pid = fork();
	if (pid == 0) {
		fexecve(prog_fd, r->argv, environ);
		dprintf(2, "agent: exec %s in the namespaces of %d: %s\n", r->argv[0], r->ns_pid, strerror(errno));
		_exit(127);
	}
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

struct stream {
	int fd;
	uint8_t *buf;
	size_t len, room;
};

/* Read what is there; false at the end of the file. What exceeds OUTPUT_MAX is read and dropped. */
static bool stream_read(struct stream *s)
{
	uint8_t buf[32768];
	ssize_t n = read(s->fd, buf, sizeof(buf));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	if (s->len + (size_t)n > OUTPUT_MAX)
		return true;
	if (s->len + (size_t)n > s->room) {
		s->room = 2 * s->room + (size_t)n;
		s->buf = realloc(s->buf, s->room);
		if (!s->buf)
			abort();
	}
	memcpy(s->buf + s->len, buf, (size_t)n);
	s->len += (size_t)n;
	return true;
}

static void feed(struct pollfd *p, const struct run *r, size_t *sent)
{
	ssize_t n = write(p->fd, r->input + *sent, r->input_len - *sent);

	if (n > 0)
		*sent += (size_t)n;
	if ((n < 0 && errno != EAGAIN) || *sent == r->input_len) {
		close(p->fd);
		p->fd = -1;
	}
}

/* Move bytes until both outputs are closed or the time is up. Returns true when it is up. */
static bool pump(const struct run *r, int in_fd, struct stream *out, struct stream *err)
{
	int64_t end_ms = now_ms() + r->timeout_ms;
	size_t sent = 0;
	struct pollfd p[3] = { { .fd = in_fd, .events = POLLOUT }, { .fd = out->fd, .events = POLLIN },
			       { .fd = err->fd, .events = POLLIN } };

	if (!r->input_len) {
		close(in_fd);
		p[0].fd = -1;
	}
	while (p[1].fd >= 0 || p[2].fd >= 0) {
		int64_t left_ms = end_ms - now_ms();

		if (left_ms <= 0)
			break;
		if (poll(p, 3, (int)left_ms) <= 0)
			continue;
		if (p[0].revents)
			feed(&p[0], r, &sent);
		if (p[1].revents && !stream_read(out))
			p[1].fd = -1;
		if (p[2].revents && !stream_read(err))
			p[2].fd = -1;
	}
	if (p[0].fd >= 0)
		close(p[0].fd);
	return p[1].fd >= 0 || p[2].fd >= 0;
}

int run_command(const struct run *r, struct run_result *res)
{
	int in[2], out[2], err[2], status = 0;
	pid_t pid;

	memset(res, 0, sizeof(*res));
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		return -errno;
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child_exec(r, in[0], out[1], err[1]);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	struct stream o = { .fd = out[0] }, e = { .fd = err[0] };
	res->timed_out = pump(r, in[1], &o, &e);
	if (res->timed_out) {
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	close(out[0]);
	close(err[0]);
	res->wait_status = status;
	res->out = o.buf;
	res->out_len = o.len;
	res->err = e.buf;
	res->err_len = e.len;
	return 0;
}
