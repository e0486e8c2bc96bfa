/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/table.h"
#include "ipc/control.h"
#include "ipc/packet.h"
#include "ipc/status.h"

static struct ctl_request request(uint32_t id, const char *name)
{
	struct ctl_request r;

	ctl_request_init(&r, (enum ctl_request_id)id, 77);
	strcpy(r.service, name);
	return r;
}

static int check(const void *msg, size_t len, uint32_t sender)
{
	struct ctl_request req;
	struct err e = ERR_NONE;
	int rc = ctl_request_check(msg, len, sender, &req, &e);

	assert_int_equal(rc, -e.num);
	return rc;
}

static void test_request(void **state)
{
	struct ctl_request r = request(CTL_REQUEST_STOP, "dnsmasq");
	struct ctl_request got;
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(ctl_request_check(&r, sizeof(r), CTL_SENDER_CONSOLE, &got, &e), 0);
	assert_memory_equal(&r, &got, sizeof(r));
	assert_int_equal(check(&r, sizeof(r) - 1, CTL_SENDER_CONSOLE), -EBADMSG);
	assert_int_equal(check(&r, 0, CTL_SENDER_CONSOLE), -EBADMSG);
	assert_int_equal(check(&r, sizeof(r), 0), -EPERM);
	assert_int_equal(check(&r, sizeof(r), ~CTL_SENDER_CONSOLE), -EPERM);

	r.h.id = 0;
	assert_int_equal(check(&r, sizeof(r), CTL_SENDER_CONSOLE), -EINVAL);
	r.h.id = 0xffffffff;
	assert_int_equal(check(&r, sizeof(r), CTL_SENDER_CONSOLE), -EINVAL);
}

static void test_request_names(void **state)
{
	static const char *const bad[] = { "",	  "-x",	 "_x",	     "A", "a b",
					   "a/b", "a\n", "\xc3\xa4", ".." };
	struct ctl_request r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r = request(CTL_REQUEST_STATUS, bad[i]);
		assert_int_equal(check(&r, sizeof(r), CTL_SENDER_CONSOLE), -EINVAL);
	}
	r = request(CTL_REQUEST_STATUS, "a");
	r.service[SERVICE_NAME_MAX - 1] = 'x';
	assert_int_equal(check(&r, sizeof(r), CTL_SENDER_CONSOLE), -EINVAL);
	memset(r.service, 'a', sizeof(r.service));
	assert_int_equal(check(&r, sizeof(r), CTL_SENDER_CONSOLE), -EINVAL);
	r.service[SERVICE_NAME_MAX - 1] = '\0';
	assert_int_equal(check(&r, sizeof(r), CTL_SENDER_CONSOLE), 0);

	r = request(CTL_REQUEST_LIST, "");
	assert_int_equal(check(&r, sizeof(r), CTL_SENDER_CONSOLE), 0);
	r = request(CTL_REQUEST_REBOOT, "dnsmasq");
	assert_int_equal(check(&r, sizeof(r), CTL_SENDER_CONSOLE), -EINVAL);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(service_state_name(STATE_RUNNING), "running");
	assert_string_equal(service_state_name(STATE_FAILED), "failed");
	assert_string_equal(service_state_name(99), "?");
	assert_string_equal(ctl_request_name(CTL_REQUEST_RESTART), "restart");
	assert_string_equal(ctl_request_name(0), "?");
	assert_true(ctl_request_has_target(CTL_REQUEST_LOGS));
	assert_false(ctl_request_has_target(CTL_REQUEST_POWEROFF));
	assert_false(ctl_request_has_target(1000));
}

static void test_reply(void **state)
{
	static union ctl_reply reply;
	static const char row[] = "ExecStart=/usr/bin/x\n";
	static struct ctl_record record;
	struct ctl_status s = { .h = { CTL_REPLY_STATUS, 1 } };
	struct ctl_done d = { .h = { CTL_REPLY_DONE, 1 } };
	unsigned char longer[sizeof(d) + 1] = { 0 };
	struct err e = ERR_NONE;

	(void)state;
	memset(s.name, '\033', sizeof(s.name));
	memset(&s.err, 'A', sizeof(s.err));
	assert_int_equal(ctl_reply_check(&s, sizeof(s), &reply, &e), 0);
	assert_int_equal(strnlen(reply.status.name, SERVICE_NAME_MAX), SERVICE_NAME_MAX - 1);
	assert_null(strchr(reply.status.name, '\033'));
	assert_int_equal(strnlen(reply.status.err.text, ERR_TEXT_MAX), ERR_TEXT_MAX - 1);

	/* No error stays none; a text without a number is none. */
	strcpy(d.err.text, "x");
	assert_int_equal(ctl_reply_check(&d, sizeof(d), &reply, &e), 0);
	assert_int_equal(reply.done.err.num, 0);
	assert_string_equal(reply.done.err.text, "");

	memcpy(longer, &d, sizeof(d));
	assert_int_equal(ctl_reply_check(longer, sizeof(longer), &reply, &e), -EBADMSG);
	assert_int_equal(ctl_reply_check(&d, 4, &reply, &e), -EBADMSG);
	d.h.id = 99;
	assert_int_equal(ctl_reply_check(&d, sizeof(d), &reply, &e), -EBADMSG);

	record.h.id = CTL_REPLY_RECORD;
	assert_int_equal(service_parse(&record.service, "x", "row", row, sizeof(row) - 1, NULL, &e),
			 0);
	assert_int_equal(ctl_reply_check(&record, sizeof(record), &reply, &e), 0);
	record.service.exec_start.off = SERVICE_POOL_MAX - 1;
	record.service.exec_start.n = 5;
	assert_int_equal(ctl_reply_check(&record, sizeof(record), &reply, &e), -EBADMSG);
}

static int lowest_free_fd(void)
{
	int fd = open("/dev/null", O_RDONLY);

	close(fd);
	return fd;
}

static void send_fds(int socket_fd, const void *msg, size_t size, unsigned int n)
{
	char room[CMSG_SPACE(8 * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)msg, size };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room };
	struct cmsghdr *c;

	m.msg_controllen = CMSG_SPACE(n * sizeof(int));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	for (unsigned int i = 0; i < n; i++)
		((int *)(void *)CMSG_DATA(c))[i] = socket_fd;
	assert_int_equal(sendmsg(socket_fd, &m, 0), size);
}

static void test_packets(void **state)
{
	char buf[8];
	int pair[2], got_fd, free_fd;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	free_fd = lowest_free_fd();
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), &got_fd), -EAGAIN);
	assert_int_equal(packet_send(pair[0], "12345678", 8, -1), 0);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), NULL), 8);
	assert_int_equal(packet_send(pair[0], "123", 3, pair[0]), 0);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), &got_fd), 3);
	assert_int_equal(got_fd, free_fd);
	assert_int_equal(fcntl(got_fd, F_GETFD), FD_CLOEXEC);
	close(got_fd);

	/*
	 * Empty, too long, an fd that is not wanted, more than one: dropped, and nothing stays
	 * open.
	 */
	assert_int_equal(packet_send(pair[0], "", 0, -1), 0);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), &got_fd), -EBADMSG);
	assert_int_equal(packet_send(pair[0], "123456789", 9, pair[0]), 0);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), &got_fd), -EBADMSG);
	assert_int_equal(packet_send(pair[0], "1", 1, pair[0]), 0);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), NULL), -EBADMSG);
	send_fds(pair[0], "12345678", 8, 5);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), &got_fd), -EBADMSG);
	assert_int_equal(got_fd, -1);
	assert_int_equal(lowest_free_fd(), free_fd);

	assert_int_equal(packet_send(pair[0], "last", 4, -1), 0);
	close(pair[0]);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), &got_fd), 4);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), &got_fd), -EPIPE);
	assert_int_equal(packet_send(pair[1], "1", 1, -1), -EPIPE);
	close(pair[1]);
}

static void test_packet_flood_does_not_block(void **state)
{
	int pair[2], rc;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	do {
		rc = packet_send(pair[0], "x", 1, -1);
	} while (rc == 0);
	assert_int_equal(rc, -EAGAIN);
	close(pair[0]);
	close(pair[1]);
}

static void test_status(void **state)
{
	struct launch_status s = { .kind = 9 };
	int pair[2], pid_fd, free_fd;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	free_fd = lowest_free_fd();
	assert_int_equal(status_send_started(pair[0], 2, pair[0]), 0);
	assert_int_equal(status_recv(pair[1], &s, &pid_fd), 0);
	assert_int_equal(s.kind, LAUNCH_STARTED);
	assert_int_equal(s.pid, 2);
	assert_int_equal(pid_fd, free_fd);
	close(pid_fd);
	assert_int_equal(status_send_exited(pair[0], 2, 139), 0);
	assert_int_equal(status_recv(pair[1], &s, &pid_fd), 0);
	assert_int_equal(s.wait_status, 139);
	assert_int_equal(pid_fd, -1);

	/* Started without a pidfd, exited with one, an unknown kind, a wrong size */
	assert_int_equal(status_send_started(pair[0], 2, -1), 0);
	assert_int_equal(status_recv(pair[1], &s, &pid_fd), -EBADMSG);
	s.kind = LAUNCH_EXITED;
	assert_int_equal(packet_send(pair[0], &s, sizeof(s), pair[0]), 0);
	assert_int_equal(status_recv(pair[1], &s, &pid_fd), -EBADMSG);
	s.kind = 9;
	assert_int_equal(packet_send(pair[0], &s, sizeof(s), -1), 0);
	assert_int_equal(status_recv(pair[1], &s, &pid_fd), -EBADMSG);
	assert_int_equal(packet_send(pair[0], &s, sizeof(s) - 1, -1), 0);
	assert_int_equal(status_recv(pair[1], &s, &pid_fd), -EBADMSG);
	assert_int_equal(lowest_free_fd(), free_fd);
	close(pair[0]);
	assert_int_equal(status_recv(pair[1], &s, &pid_fd), -EPIPE);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request), cmocka_unit_test(test_request_names),
		cmocka_unit_test(test_names),	cmocka_unit_test(test_reply),
		cmocka_unit_test(test_packets), cmocka_unit_test(test_packet_flood_does_not_block),
		cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
