/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"
#include "conf/table.h"
#include "ipc/packet.h"
#include "ipc/ring.h"
#include "jailctl/command.h"
#include "jailctl/terminal.h"

/* A PID 1 of three services: web runs, cron is backed off, once ended well. */
static struct ctl_status rows[3];
static int log_fd;

static void fake_state(struct ctl_status *s, enum service_state state, int pid)
{
	s->state = state;
	s->pid = pid;
	s->launcher_pid = pid ? pid - 1 : 0;
}

static void fake_rows(void)
{
	uint64_t now_ms = time_boot_ms();

	memset(rows, 0, sizeof(rows));
	strcpy(rows[0].name, "web");
	fake_state(&rows[0], STATE_RUNNING, 41);
	rows[0].started_ms = now_ms > 65100 ? now_ms - 65100 : 1;
	rows[0].filter_len = 88;
	strcpy(rows[1].name, "cron");
	fake_state(&rows[1], STATE_BACKOFF, 0);
	rows[1].started_ms = now_ms - 1;
	rows[1].ended_ms = now_ms;
	rows[1].wait_status = SIGSEGV;
	rows[1].restarts = 7;
	rows[1].next_start_ms = now_ms + 90500;
	strcpy(rows[2].name, "once");
	fake_state(&rows[2], STATE_FAILED, 0);
	err_set(&rows[2].err, ENOENT, "opening /usr/bin/once");
	err_step(&rows[2].err, "exec");
}

static void say(int fd, const struct ctl_request *q, void *reply, uint32_t id, size_t size,
		int pass_fd)
{
	struct ctl_header *h = reply;

	h->id = id;
	h->seq = q->h.seq;
	packet_send(fd, reply, size, pass_fd);
}

static void fake_change(struct ctl_status *s, uint32_t id)
{
	if (id == CTL_REQUEST_STOP) {
		fake_state(s, STATE_STOPPED, 0);
	} else if (id == CTL_REQUEST_RESTART || s->state != STATE_RUNNING) {
		/* once fails whenever it is started. */
		fake_state(s, s == &rows[2] ? STATE_FAILED : STATE_RUNNING, s == &rows[2] ? 0 : 90);
		s->started_ms++;
		s->restarts++;
	}
}

static void fake_answer(int fd, const struct ctl_request *q)
{
	static const char text[] = "ExecStart=/usr/bin/x -v \"a b\"\nTimeoutStartSec=100ms\n";
	static struct ctl_record record;
	struct ctl_done done = { 0 };
	struct ctl_status *s = NULL;

	for (unsigned int i = 0; i < 3; i++) {
		if (strcmp(rows[i].name, q->service) == 0)
			s = &rows[i];
		if (q->h.id == CTL_REQUEST_LIST)
			say(fd, q, &rows[i], CTL_REPLY_STATUS, sizeof(rows[i]), -1);
	}
	if (ctl_request_has_target(q->h.id) && !s) {
		err_set(&done.err, ENOENT, "%s: there is no such service", q->service);
	} else if (q->h.id == CTL_REQUEST_STATUS) {
		/* Somebody else's answer, and one that is none, do not disturb. */
		struct ctl_request other = *q;

		other.h.seq ^= 1;
		say(fd, &other, &rows[0], CTL_REPLY_STATUS, sizeof(rows[0]), -1);
		packet_send(fd, "?", 0, -1);
		say(fd, q, s, CTL_REPLY_STATUS, sizeof(*s), -1);
	} else if (q->h.id == CTL_REQUEST_LOGS) {
		say(fd, q, &done, CTL_REPLY_FD, sizeof(done), log_fd);
		return;
	} else if (q->h.id == CTL_REQUEST_INSPECT) {
		service_parse(&record.service, q->service, "row", text, sizeof(text) - 1, NULL,
			      &done.err);
		say(fd, q, &record, CTL_REPLY_RECORD, sizeof(record), -1);
	} else if (s) {
		fake_change(s, q->h.id);
	}
	say(fd, q, &done, CTL_REPLY_DONE, sizeof(done), -1);
}

static void fake_pid1(int fd)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		struct ctl_request q;

		poll(&p, 1, -1);
		if (packet_recv(fd, &q, sizeof(q), NULL) == sizeof(q))
			fake_answer(fd, &q);
	}
}

static int pair[2];
static pid_t pid1;
static char out[8192];
static char complaints[8192];

static int setup(void **state)
{
	struct service noisy = { .name = "web", .log_size = 65536, .log_rate_max = 1 };
	struct err e = ERR_NONE;
	char number[16];

	(void)state;
	fake_rows();
	log_fd = ring_create(&noisy, &e);
	assert_true(log_fd >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	pid1 = fork();
	if (pid1 == 0) {
		close(pair[0]);
		fake_pid1(pair[1]);
	}
	snprintf(number, sizeof(number), "%d", pair[0]);
	setenv(CTL_FD_ENV, number, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kill(pid1, SIGKILL);
	waitpid(pid1, NULL, 0);
	close(pair[0]);
	close(pair[1]);
	close(log_fd);
	return 0;
}

static int redirect(FILE *f, int *saved)
{
	int fd = memfd_create("out", 0);

	fflush(f);
	*saved = dup(fileno(f));
	dup2(fd, fileno(f));
	return fd;
}

static void restore(FILE *f, int saved, int fd, char *text, size_t size)
{
	ssize_t n;

	fflush(f);
	dup2(saved, fileno(f));
	close(saved);
	n = pread(fd, text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
}

/* Run a command; what it printed is in out[] and complaints[]. */
static int call(int (*run)(struct call *), const char *verb, unsigned int options,
		enum output output, char *name)
{
	struct call c = { .verb = verb, .options = options, .output = output, .lines = 2 };
	int out_saved, err_saved, out_fd, err_fd, status;
	struct err e = ERR_NONE;
	char *names[] = { name };

	c.names = names;
	c.n_names = name ? 1 : 0;
	assert_int_equal(client_open(&c.client, &e), 0);
	out_fd = redirect(stdout, &out_saved);
	err_fd = redirect(stderr, &err_saved);
	status = run(&c);
	restore(stderr, err_saved, err_fd, complaints, sizeof(complaints));
	restore(stdout, out_saved, out_fd, out, sizeof(out));
	return status;
}

static void test_list(void **state)
{
	(void)state;
	assert_int_equal(call(command_list, "list", 0, OUTPUT_TABLE, NULL), EXIT_OK);
	assert_string_equal(
		out,
		"NAME  STATE    PID  SINCE    RESTARTS  NOTE\n"
		"web   running  41   1min 5s  0\n"
		"cron  backoff  -    0s       7         killed by SIGSEGV\n"
		"once  failed   -    -        0         exec: opening /usr/bin/once (ENOENT)\n");
	assert_int_equal(call(command_list, "list", OPTION_OUTPUT, OUTPUT_NAME, NULL), EXIT_OK);
	assert_string_equal(out, "web\ncron\nonce\n");
}

static void test_list_json(void **state)
{
	(void)state;
	assert_int_equal(call(command_list, "list", OPTION_OUTPUT, OUTPUT_JSON, NULL), EXIT_OK);
	assert_non_null(strstr(out, "{\"apiVersion\":\"jailinit/1\",\"nowMs\":"));
	assert_non_null(
		strstr(out, "\"services\":[{\"name\":\"web\",\"state\":\"running\",\"pid\":41,"));
	assert_non_null(strstr(out, "\"code\":null,\"signalNumber\":11,\"signal\":\"SIGSEGV\"}"));
	assert_non_null(strstr(out, "\"error\":{\"errno\":\"ENOENT\",\"step\":\"exec\",\"text\":"
				    "\"opening /usr/bin/once\"}"));
}

static void test_status(void **state)
{
	(void)state;
	assert_int_equal(call(command_status, "status", 0, OUTPUT_TABLE, "web"), EXIT_OK);
	assert_non_null(strstr(
		out,
		"web: running since 1min 5s\n  pid        41 (in its jail, under launcher 40)\n"));
	assert_int_equal(call(command_status, "status", 0, OUTPUT_TABLE, "cron"), EXIT_NOT_RUNNING);
	assert_non_null(strstr(out, "  last exit  killed by SIGSEGV, 0s ago\n"));
	assert_non_null(strstr(out, "  next start in 1min 30s\n"));
	assert_int_equal(call(command_status, "status", 0, OUTPUT_TABLE, "once"), EXIT_NOT_RUNNING);
	assert_non_null(strstr(out, "  error      exec: opening /usr/bin/once (ENOENT)\n"));

	assert_int_equal(call(command_status, "status", 0, OUTPUT_TABLE, "corn"), EXIT_UNKNOWN);
	assert_string_equal(complaints, "jailctl: there is no service corn; did you mean cron?\n");
	assert_int_equal(call(command_status, "status", 0, OUTPUT_TABLE, "xyz"), EXIT_UNKNOWN);
	assert_string_equal(complaints,
			    "jailctl: there is no service xyz; there are web cron once\n");
}

static void test_change(void **state)
{
	(void)state;
	assert_int_equal(call(command_change, "stop", 0, OUTPUT_TABLE, "web"), EXIT_OK);
	assert_string_equal(out, "web: stopped\n");
	assert_int_equal(call(command_change, "start", 0, OUTPUT_TABLE, "web"), EXIT_OK);
	assert_string_equal(out, "web: running, pid 90\n");
	assert_int_equal(call(command_change, "start", 0, OUTPUT_TABLE, "web"), EXIT_OK);
	assert_string_equal(out, "web: running, pid 90\n");
	assert_int_equal(call(command_change, "restart", 0, OUTPUT_TABLE, "web"), EXIT_OK);
	assert_int_equal(call(command_change, "start", 0, OUTPUT_TABLE, "once"), EXIT_FAILED);
	assert_string_equal(
		complaints,
		"jailctl: start once: it is failed: exec: opening /usr/bin/once (ENOENT); "
		"`jailctl logs once` may tell more\n");
	assert_int_equal(call(command_change, "start", OPTION_NO_WAIT, OUTPUT_TABLE, "once"),
			 EXIT_OK);
	assert_int_equal(call(command_change, "restart", 0, OUTPUT_TABLE, "wbe"), EXIT_FAILED);
	assert_string_equal(complaints, "jailctl: there is no service wbe; did you mean web?\n");
}

static void test_inspect(void **state)
{
	(void)state;
	assert_int_equal(call(command_inspect, "inspect", 0, OUTPUT_TABLE, "web"), EXIT_OK);
	assert_non_null(strstr(out, "[service web]\n"));
	assert_non_null(strstr(out, "\nRestart=always\n"));
	assert_non_null(strstr(out, "\nMemoryMax=32M\n"));
	assert_non_null(strstr(out, "\nExecStart=/usr/bin/x -v \"a b\"\n"));
	assert_null(strstr(out, "Packages="));
	assert_int_equal(call(command_inspect, "inspect", OPTION_OUTPUT, OUTPUT_JSON, "web"),
			 EXIT_OK);
	assert_non_null(strstr(out, "\"rows\":[{\"name\":\"web\",\"keys\":{\"Description\":\"\","));
	assert_non_null(strstr(out, "\"After\":[]"));
	assert_non_null(strstr(out, "\"ExecStart\":\"/usr/bin/x -v \\\"a b\\\"\""));
	assert_non_null(strstr(out, "\"TimeoutStartSec\":\"100ms\""));
}

static void put_log(const char *text, uint64_t lost)
{
	struct err e = ERR_NONE;
	struct ring ring;
	int end[2];

	assert_int_equal(ring_map(&ring, log_fd, true, &e), 0);
	assert_int_equal(pipe2(end, O_NONBLOCK), 0);
	assert_int_equal(write(end[1], text, strlen(text)), strlen(text));
	ring_pull(&ring, end[0], 9000);
	ring_count_lost(&ring, lost);
	ring_mark_lost(&ring);
	ring_unmap(&ring);
	close(end[0]);
	close(end[1]);
}

static void test_logs(void **state)
{
	(void)state;
	put_log("one\ntwo \033[31mred\nthr", 0);
	put_log("ee \xc3", 0);
	put_log("\xa4\xc2\x9b\xff\r\nfour", 12);
	assert_int_equal(call(command_logs, "logs", OPTION_NO_TIME, OUTPUT_TABLE, "web"), EXIT_OK);
	assert_string_equal(out, "one\ntwo \\x1b[31mred\nthree \xc3\xa4\\xc2\\x9b\\xff\\x0d\nfour\n"
				 "-- 12 bytes of output were dropped here (LogRateMax=) --\n");
	assert_int_equal(call(command_logs, "logs", OPTION_NO_TIME | OPTION_LINES, OUTPUT_TABLE,
			      "web"),
			 EXIT_OK);
	assert_memory_equal(out, "three ", 6);
	assert_int_equal(call(command_logs, "logs", 0, OUTPUT_TABLE, "web"), EXIT_OK);
	assert_memory_equal(out + 4, "-", 1);
	assert_non_null(strstr(out, "Z one\n2"));
}

static void test_safe_text(void **state)
{
	static const char *const cases[][2] = {
		{ "plain\ttab", "plain\ttab" },
		{ "\xe2\x82\xac \xf0\x9f\x98\x80", "\xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\xc0\xaf", "\\xc0\\xaf" }, /* overlong */
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
		{ "\xe2\x82", "\\xe2\\x82" }, /* cut off */
		{ "\xe2"
		  "a",
		  "\\xe2"
		  "a" },
		{ "\x7f\x01\x1b]0;x\x07", "\\x7f\\x01\\x1b]0;x\\x07" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct utf8_rest rest = { { 0 }, 0 };
		int saved, fd = redirect(stdout, &saved);

		/* A byte at a time: chunks end anywhere. */
		for (const char *c = cases[i][0]; *c; c++)
			terminal_write_safe((const unsigned char *)c, 1, &rest);
		terminal_write_safe(NULL, 0, &rest);
		restore(stdout, saved, fd, out, sizeof(out));
		assert_string_equal(out, cases[i][1]);
	}
}

static void test_no_channel(void **state)
{
	struct client c;
	struct err e = ERR_NONE;

	(void)state;
	setenv(CTL_FD_ENV, "0x3", 1);
	assert_int_equal(client_open(&c, &e), -EINVAL);
	setenv(CTL_FD_ENV, "0", 1);
	assert_int_equal(client_open(&c, &e), -ENOTSOCK);
	unsetenv(CTL_FD_ENV);
	assert_int_equal(client_open(&c, &e), -ENOTCONN);
}

/* Eight at once over one socket: each gets its own answers. */
static void test_many_at_once(void **state)
{
	unsigned int bad = 0;

	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		if (fork() == 0) {
			for (unsigned int k = 0; k < 200; k++) {
				const char *name = rows[(i + k) % 3].name;
				struct ctl_status s;
				struct client c;
				struct err e = ERR_NONE;

				if (client_open(&c, &e) || client_status(&c, name, &s, &e) ||
				    strcmp(s.name, name))
					_exit(1);
			}
			_exit(0);
		}
	}
	for (unsigned int i = 0; i < 8; i++) {
		int status;

		wait(&status);
		bad += status != 0;
	}
	assert_int_equal(bad, 0);
}

static void test_pid1_gone(void **state)
{
	struct ctl_status s;
	struct client c;
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(client_open(&c, &e), 0);
	kill(pid1, SIGKILL);
	close(pair[1]);
	assert_int_equal(client_status(&c, "web", &s, &e), -EPIPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_list, setup, teardown),
		cmocka_unit_test_setup_teardown(test_list_json, setup, teardown),
		cmocka_unit_test_setup_teardown(test_status, setup, teardown),
		cmocka_unit_test_setup_teardown(test_change, setup, teardown),
		cmocka_unit_test_setup_teardown(test_inspect, setup, teardown),
		cmocka_unit_test_setup_teardown(test_logs, setup, teardown),
		cmocka_unit_test(test_safe_text),
		cmocka_unit_test(test_no_channel),
		cmocka_unit_test_setup_teardown(test_many_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pid1_gone, setup, teardown),
	};

	return cmocka_run_group_tests_name("jailctl", tests, NULL, NULL);
}
