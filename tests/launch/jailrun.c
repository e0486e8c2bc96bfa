/* SPDX-License-Identifier: MIT */
/*
 * jailrun [-OPTION VALUE]... NAME ROW
 *
 * Starts the jail of the row in file ROW once, as PID 1 would, and prints what came of it: lines
 * "KEY VALUE", the service's own output as "out TEXT". For test_launch.py.
 *	-l FILE jail-launch             -f DIR firmware        -d DIR data
 *	-r DIR run                      -s DIR staging         -c DIR cgroup
 *	-j FILE jailctl                 -F FILE filter         -p FILE program of jailinit:NAME
 *	-P NAME:GID a SocketFrom= peer  -x N extra fds         -V volatile
 *	-k SIG to the launcher          -K SIG to the service  -v verbose
 *	-b WHAT break the record: magic size crc filter listen row text name program file
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "fake_init.h"

#define SECONDS_MAX 10
#define ROW_MAX	    8192

static struct fake_init init;
static int launcher_signal, service_signal;

static int die(const struct err *e)
{
	printf("driver %s\n", e->text);
	return 1;
}

/* One socket per ListenStream= and ListenDatagram=, on any port of 127.0.0.1. */
static void open_listeners(void)
{
	for (unsigned int i = 0; i < init.record.n_listen; i++) {
		struct sockaddr_in at = { .sin_family = AF_INET,
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		bool stream = i < init.record.service.listen_stream.n;

		init.passed[i] =
			socket(AF_INET, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
		if (bind(init.passed[i], (struct sockaddr *)&at, sizeof(at)) < 0 ||
		    (stream && listen(init.passed[i], 8) < 0))
			perror("driver: listen");
	}
	for (unsigned int i = 0; i < init.record.n_extra; i++)
		init.passed[init.record.n_listen + i] = init.null_fd;
}

static void break_record(const char *what)
{
	struct launch_record *r = &init.record;
	struct err e = ERR_NONE;

	if (strcmp(what, "magic") == 0)
		r->magic++;
	else if (strcmp(what, "size") == 0)
		r->size++;
	else if (strcmp(what, "filter") == 0)
		r->filter_len = 0;
	else if (strcmp(what, "listen") == 0)
		r->n_listen++;
	else if (strcmp(what, "row") == 0)
		r->service.pool_used = UINT16_MAX;
	else if (strcmp(what, "text") == 0)
		memset(r->staging, 'x', sizeof(r->staging));
	else if (strcmp(what, "name") == 0)
		strcpy(r->service.name, "../x");
	else if (strcmp(what, "program") == 0)
		r->filter[0] = (struct sock_filter){ .code = 0xffff };
	fake_init_seal(&init, &e);
	if (strcmp(what, "crc") == 0)
		pwrite(init.record_fd, "x", 1, sizeof(*r) - 1);
	if (strcmp(what, "file") == 0)
		ftruncate(init.record_fd, 100);
	if (strcmp(what, "listen") == 0)
		r->n_listen--;
}

static void print_output(int fd)
{
	FILE *f = fdopen(dup(fd), "r");
	char line[4096];

	while (fgets(line, sizeof(line), f))
		printf("out %s", line);
	fclose(f);
}

static int run_once(void)
{
	struct pollfd ended;
	struct fake_run run;
	struct err e = ERR_NONE;
	int launcher = 0, rc;

	if (fake_init_start(&init, -1, &run, &e) < 0)
		return die(&e);
	printf("launcher %d\n", run.launcher);
	rc = fake_init_started(&run, &e);
	if (rc < 0)
		printf("err %s %s\nstep %s\ntext %s\n", err_name(e.num), strerror(e.num), e.step,
		       e.text);
	else
		printf("started\n");
	if (launcher_signal)
		syscall(SYS_pidfd_send_signal, run.launcher_fd, launcher_signal, NULL, 0);
	if (service_signal && run.service_fd >= 0)
		syscall(SYS_pidfd_send_signal, run.service_fd, service_signal, NULL, 0);
	ended = (struct pollfd){ .fd = run.launcher_fd, .events = POLLIN };
	if (poll(&ended, 1, SECONDS_MAX * 1000) != 1) {
		printf("timeout\n");
		syscall(SYS_pidfd_send_signal, run.launcher_fd, SIGKILL, NULL, 0);
	}
	print_output(run.output_fd);
	rc = fake_init_wait(&run, &launcher);
	if (rc >= 0)
		printf("ended %s %d\n", WIFEXITED(rc) ? "exit" : "signal",
		       WIFEXITED(rc) ? WEXITSTATUS(rc) : WTERMSIG(rc));
	printf("launched %s %d\n", WIFEXITED(launcher) ? "exit" : "signal",
	       WIFEXITED(launcher) ? WEXITSTATUS(launcher) : WTERMSIG(launcher));
	fake_init_end(&run);
	return 0;
}

static void add_peer(const char *peer)
{
	static unsigned int n;
	const char *colon = strchr(peer, ':');

	if (!colon || n == DEPENDS_MAX)
		return;
	snprintf(init.record.socket_from_dir[n], SERVICE_NAME_MAX, "%.*s", (int)(colon - peer),
		 peer);
	init.record.socket_from_gid[n++] = (uint32_t)strtoul(colon + 1, NULL, 10);
}

static void read_filter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd_read_full(fd, init.record.filter, sizeof(init.record.filter));

	close(fd);
	init.record.filter_len = (uint16_t)(n > 0 ? (size_t)n / sizeof(struct sock_filter) : 0);
}

static int apply(int option, const char *value)
{
	struct launch_record *r = &init.record;

	switch (option) {
	case 'f':
		snprintf(r->firmware, LAUNCH_PATH_MAX, "%s", value);
		break;
	case 'd':
		snprintf(r->data, LAUNCH_PATH_MAX, "%s", value);
		break;
	case 'r':
		snprintf(r->run, LAUNCH_PATH_MAX, "%s", value);
		break;
	case 's':
		snprintf(r->staging, LAUNCH_PATH_MAX, "%s", value);
		break;
	case 'j':
		snprintf(r->jailctl, LAUNCH_PATH_MAX, "%s", value);
		break;
	case 'c':
		init.cgroup_fd = open(value, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		break;
	case 'F':
		read_filter(value);
		break;
	case 'p':
		init.program_fd = open(value, O_PATH | O_CLOEXEC);
		break;
	case 'P':
		add_peer(value);
		break;
	case 'x':
		r->n_extra = (uint16_t)atoi(value);
		break;
	case 'V':
		r->state_volatile = 1;
		break;
	case 'v':
		r->verbose = 1;
		break;
	case 'l':
	case 'b':
	case 'k':
	case 'K':
		break;
	default:
		return -1;
	}
	return 0;
}

#define OPTIONS "l:f:d:r:s:j:c:F:p:P:x:Vvb:k:K:"

int main(int argc, char **argv)
{
	const char *launcher = "jail-launch", *broken = "";
	int option;
	struct err e = ERR_NONE;
	static char row[ROW_MAX];

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((option = getopt(argc, argv, OPTIONS)) != -1) {
		if (option == 'l')
			launcher = optarg;
		else if (option == 'b')
			broken = optarg;
		else if (option == 'k')
			launcher_signal = atoi(optarg);
		else if (option == 'K')
			service_signal = atoi(optarg);
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: jailrun [-OPTION VALUE]... NAME ROW\n");
		return 2;
	}
	if (fd_read_file_bounded(AT_FDCWD, argv[optind + 1], row, sizeof(row), &e) < 0 ||
	    fake_init_make(&init, launcher, argv[optind], row, &e) < 0)
		return die(&e);
	optind = 1;
	while ((option = getopt(argc, argv, OPTIONS)) != -1)
		if (apply(option, optarg) < 0)
			return 2;
	open_listeners();
	if (fake_init_seal(&init, &e) < 0)
		return die(&e);
	if (broken[0])
		break_record(broken);
	return run_once();
}
