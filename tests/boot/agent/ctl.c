/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "ipc/control.h"

#define CONSOLE_PROCS INIT_ROOT "/sys/fs/cgroup/services/console/cgroup.procs"
#define ANSWER_MS 20000
#define NO_CHANNEL 77 /* tests/boot/guest.py knows it, and tries again */

/* The number of the control fd in the environment of process @pid, or -1. */
static int control_number(int pid)
{
	char path[64], env[8192];
	ssize_t n;
	int fd, found = -1;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, env, sizeof(env) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	env[n] = 0;
	for (char *s = env; s < env + n; s += strlen(s) + 1)
		if (!strncmp(s, CTL_FD_ENV "=", sizeof(CTL_FD_ENV)))
			found = atoi(s + sizeof(CTL_FD_ENV));
	return found;
}

/* A duplicate of the console row's end of its control channel, or -1. Whoever else reads there must be idle. */
static int borrow_channel(void)
{
	FILE *f = fopen(CONSOLE_PROCS, "re");
	int pid, fd = -1;

	if (!f) {
		perror(CONSOLE_PROCS);
		return -1;
	}
	while (fd < 0 && fscanf(f, "%d", &pid) == 1) {
		int number = control_number(pid);
		int pid_fd = number < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);

		if (pid_fd < 0)
			continue;
		fd = (int)syscall(SYS_pidfd_getfd, pid_fd, number, 0);
		if (fd < 0)
			fprintf(stderr, "pidfd_getfd %d of %d: %s\n", number, pid, strerror(errno));
		close(pid_fd);
	}
	fclose(f);
	if (fd < 0)
		fprintf(stderr, "no process of the console row has a control channel\n");
	return fd;
}

static void print_escaped(const char *key, const char *text)
{
	printf(" %s=", key);
	for (; *text; text++)
		if (*text == ' ' || *text == '%' || *text == '\n')
			printf("%%%02x", (unsigned char)*text);
		else
			putchar(*text);
}

static void print_err(const struct err *e)
{
	printf(" errno=%d", e->num);
	print_escaped("step", e->step);
	print_escaped("text", e->text);
}

static void print_status(const struct ctl_status *s)
{
	printf("service name=%s state=%s pid=%d launcher=%d wait=%d started=%llu ended=%llu next=%llu lost=%llu",
	       s->name, service_state_name(s->state), s->pid, s->launcher_pid, s->wait_status,
	       (unsigned long long)s->started_ms, (unsigned long long)s->ended_ms,
	       (unsigned long long)s->next_start_ms, (unsigned long long)s->log_lost_bytes);
	printf(" restarts=%u uid=%u degraded=%u filter=%u", s->restarts, s->uid, s->degraded, s->filter_len);
	print_err(&s->err);
	putchar('\n');
}

static const struct { const char *name; uint32_t id; } verbs[] = {
	{ "list", CTL_REQUEST_LIST }, { "status", CTL_REQUEST_STATUS }, { "start", CTL_REQUEST_START },
	{ "stop", CTL_REQUEST_STOP }, { "restart", CTL_REQUEST_RESTART }, { "reboot", CTL_REQUEST_REBOOT },
	{ "poweroff", CTL_REQUEST_POWEROFF }, { "logs", CTL_REQUEST_LOGS }, { "inspect", CTL_REQUEST_INSPECT },
};

static ssize_t receive(int fd, void *buf, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, ANSWER_MS) != 1) {
		fprintf(stderr, "no answer from PID 1 in %d ms\n", ANSWER_MS);
		return -1;
	}
	return recv(fd, buf, size, 0);
}

/* Send one request; print what comes back, up to CTL_REPLY_DONE, if @print. Returns that errno, or -1. */
static int ask(int fd, uint32_t id, const char *service, int print)
{
	static union { struct ctl_header h; struct ctl_status status; struct ctl_done done; struct ctl_record rec; } m;
	struct ctl_request rq = { .h = { id, (uint32_t)getpid() } };
	ssize_t n;

	if (service && strlen(service) >= sizeof(rq.service)) {
		fprintf(stderr, "name too long\n");
		return -1;
	}
	if (service)
		strcpy(rq.service, service);
	if (send(fd, &rq, sizeof(rq), MSG_NOSIGNAL) != (ssize_t)sizeof(rq)) {
		perror("send");
		return -1;
	}
	while ((n = receive(fd, &m, sizeof(m))) > 0) {
		if (m.h.seq != rq.h.seq)
			continue;
		if (m.h.id == CTL_REPLY_STATUS && n == sizeof(m.status) && print)
			print_status(&m.status);
		if ((m.h.id == CTL_REPLY_DONE || m.h.id == CTL_REPLY_FD) && n == sizeof(m.done)) {
			if (print) {
				printf("done");
				print_err(&m.done.err);
				putchar('\n');
			}
			return m.done.err.num;
		}
	}
	return -1;
}

/* Standard input as one message, whatever it is. */
static int send_raw(int fd)
{
	static char message[65536];
	ssize_t n = read(0, message, sizeof(message));

	return n < 0 || send(fd, message, (size_t)n, MSG_NOSIGNAL) != n;
}

int ctl_main(int argc, char **argv)
{
	char number[16];
	int fd;

	if (argc < 2) {
		fprintf(stderr, "usage: agent ctl VERB [NAME] | agent ctl exec ARGS... | agent ctl raw\n");
		return 2;
	}
	fd = borrow_channel();
	if (fd < 0)
		return NO_CHANNEL;
	if (!strcmp(argv[1], "exec")) {
		snprintf(number, sizeof(number), "%d", fd);
		setenv(CTL_FD_ENV, number, 1);
		fcntl(fd, F_SETFD, 0);
		argv[1] = (char *)"jailctl";
		execv(INIT_ROOT "/lib/jailinit/jailctl", argv + 1);
		perror(INIT_ROOT "/lib/jailinit/jailctl");
		return 127;
	}
	if (!strcmp(argv[1], "raw"))
		return send_raw(fd);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return ask(fd, verbs[i].id, argc > 2 ? argv[2] : NULL, 1) ? 1 : 0;
	fprintf(stderr, "no verb %s\n", argv[1]);
	return 2;
}

int latency_main(int argc, char **argv)
{
	int fd = borrow_channel();

	if (fd < 0)
		return NO_CHANNEL;
	for (int i = argc > 1 ? atoi(argv[1]) : 10; i > 0; i--) {
		struct timespec a, b;

		clock_gettime(CLOCK_MONOTONIC, &a);
		if (ask(fd, CTL_REQUEST_STATUS, "console", 0))
			return 1;
		clock_gettime(CLOCK_MONOTONIC, &b);
		printf("%lld\n", (b.tv_sec - a.tv_sec) * 1000000ll + (b.tv_nsec - a.tv_nsec) / 1000);
		usleep(10000);
	}
	return 0;
}
