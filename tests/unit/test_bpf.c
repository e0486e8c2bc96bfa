/* SPDX-License-Identifier: MIT */
/*
 * The cgroup programs against a real kernel: two scratch cgroups (one in PID 1's place, one in a
 * service's), a network namespace of its own, and the attacks that a listening socket in the wrong
 * hands invites. Needs root and a cgroup2 hierarchy without programs above; says so and skips
 * otherwise. The boot tests repeat it in the guest.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/bpf.h"
#include "os/landlock.h"

static char base_dir[128], init_dir[160], row_dir[160];
static bool usable; /* root, cgroup2 to write to, and a kernel that takes the programs */

/* A child cannot use cmocka's asserts: it says what was wrong and ends with 1. */
#define CHECK(what)                                                                                \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s:%d: not so: %s (errno %s)\n", __FILE__, __LINE__,      \
				#what, strerror(errno));                                           \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)
#define CHECK_FAILS(call, num)                                                                     \
	do {                                                                                       \
		errno = 0;                                                                         \
		CHECK((call) == -1);                                                               \
		CHECK(errno == (num));                                                             \
	} while (0)

static void enter_cgroup(const char *dir)
{
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0);
	CHECK(write(fd, "0", 1) == 1);
	close(fd);
}

static int open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK(fd >= 0);
	return fd;
}

/* Run @body in a child that is in @dir; the test fails if the child does not end with 0. */
static void run_in(const char *dir, void (*body)(void))
{
	int status = -1;
	pid_t pid;

	if (!usable) {
		print_message("SKIPPED: needs root, CONFIG_CGROUP_BPF and a cgroup2 hierarchy to "
			      "write to\n");
		skip();
	}
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(20);
		enter_cgroup(dir);
		body();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* As run_in(), from within a child. */
static void child_in(const char *dir, void (*body)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(10);
		enter_cgroup(dir);
		body();
		_exit(0);
	}
	CHECK(pid > 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(status == 0);
}

static void own_network(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	CHECK(unshare(CLONE_NEWNET) == 0);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &ifr) == 0);
	close(fd);
}

static struct sockaddr_in loopback4(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static int make_socket(int type, uint16_t port)
{
	struct sockaddr_in a = loopback4(port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	CHECK(type != SOCK_STREAM || listen(fd, 8) == 0);
	return fd;
}

static int tcp_connect(int fd, uint16_t port)
{
	struct sockaddr_in a = loopback4(port);

	return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

static ssize_t udp_send(int fd, uint16_t port)
{
	struct sockaddr_in a = loopback4(port);

	return sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof(a));
}

static void disconnect_socket(int fd)
{
	struct sockaddr any = { .sa_family = AF_UNSPEC };

	CHECK(connect(fd, &any, sizeof(any)) == 0);
}

enum { PORT_PASSED = 2001, PORT_VICTIM = 2002, PORT_PEER = 2003, PORT_OTHER = 2004 };
static int listen_fd, victim_fd, udp_fd, udp_victim_fd;

static void attack_fastopen(int fd)
{
	struct sockaddr_in a = loopback4(PORT_VICTIM);

	CHECK_FAILS(sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&a, sizeof(a)), EPERM);
}

/* In the service's cgroup: what it may do with the stream listener, and what it may not. */
static void stream_service(void)
{
	struct sockaddr_in other = loopback4(PORT_OTHER);
	int client_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	char c = 0;

	CHECK(tcp_connect(client_fd, PORT_PASSED) ==
	      0); /* a peer from outside, in the role of the network */
	fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	CHECK(fd >= 0);
	CHECK(write(client_fd, "q", 1) == 1 && read(fd, &c, 1) == 1 && c == 'q');
	CHECK(write(fd, "a", 1) == 1 && read(client_fd, &c, 1) == 1 && c == 'a');
	CHECK(send(fd, "b", 1, 0) == 1 && read(client_fd, &c, 1) == 1 && c == 'b');

	disconnect_socket(
		fd); /* an accepted stream is a fresh socket again, in the host's network */
	CHECK_FAILS(tcp_connect(fd, PORT_VICTIM), EPERM);
	attack_fastopen(fd);
	CHECK_FAILS(bind(fd, (struct sockaddr *)&other, sizeof(other)), EPERM);

	CHECK(shutdown(listen_fd, SHUT_RDWR) == 0);
	CHECK_FAILS(tcp_connect(listen_fd, PORT_VICTIM), EPERM);
	attack_fastopen(listen_fd);
}

static void stream_scene(void)
{
	struct err e = ERR_NONE;

	own_network();
	CHECK(bpf_attach_net_deny(open_dir(init_dir), &e) == 0);
	listen_fd = make_socket(SOCK_STREAM, PORT_PASSED);
	victim_fd = make_socket(SOCK_STREAM, PORT_VICTIM);
	child_in(row_dir, stream_service);
	/* The listener was shut down: PID 1 makes it anew, from inside its own cgroup. */
	close(listen_fd);
	listen_fd = make_socket(SOCK_STREAM, PORT_PASSED);
	CHECK_FAILS(tcp_connect(socket(AF_INET, SOCK_STREAM, 0), PORT_VICTIM), EPERM);
}

/* The control run: without the programs, both attacks succeed. */
static void stream_control_service(void)
{
	int client_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	CHECK(tcp_connect(client_fd, PORT_PASSED) == 0);
	fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	CHECK(fd >= 0);
	disconnect_socket(fd);
	CHECK(tcp_connect(fd, PORT_VICTIM) == 0);
	CHECK(shutdown(listen_fd, SHUT_RDWR) == 0);
	CHECK(tcp_connect(listen_fd, PORT_VICTIM) == 0);
}

static void stream_control_scene(void)
{
	own_network();
	listen_fd = make_socket(SOCK_STREAM, PORT_PASSED);
	victim_fd = make_socket(SOCK_STREAM, PORT_VICTIM);
	child_in(row_dir, stream_control_service);
}

/*
 * A program on the service's own cgroup does not see a socket that was born elsewhere (why it is on
 * PID 1's).
 */
static void wrong_cgroup_service(void)
{
	CHECK(shutdown(listen_fd, SHUT_RDWR) == 0);
	CHECK(tcp_connect(listen_fd, PORT_VICTIM) == 0);
	CHECK_FAILS(tcp_connect(socket(AF_INET, SOCK_STREAM, 0), PORT_VICTIM), EPERM);
}

static void wrong_cgroup_scene(void)
{
	struct err e = ERR_NONE;

	own_network();
	CHECK(bpf_attach_net_deny(open_dir(row_dir), &e) == 0);
	listen_fd = make_socket(SOCK_STREAM, PORT_PASSED);
	victim_fd = make_socket(SOCK_STREAM, PORT_VICTIM);
	child_in(row_dir, wrong_cgroup_service);
}

/* A datagram server can answer who asked it, and reach nobody else. */
static void datagram_service(void)
{
	int peer_fd = make_socket(SOCK_DGRAM, PORT_PEER), second_fd;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char c;

	CHECK_FAILS(udp_send(udp_fd, PORT_PEER), EPERM); /* has not asked yet */
	CHECK(udp_send(peer_fd, PORT_PASSED) == 1);
	CHECK(recvfrom(udp_fd, &c, 1, 0, (struct sockaddr *)&from, &len) == 1);
	CHECK(ntohs(from.sin_port) == PORT_PEER);
	CHECK(sendto(udp_fd, "a", 1, 0, (struct sockaddr *)&from, len) == 1);
	CHECK(read(peer_fd, &c, 1) == 1 && c == 'a');
	CHECK_FAILS(udp_send(udp_fd, PORT_VICTIM), EPERM);
	CHECK_FAILS(tcp_connect(udp_fd, PORT_PEER), EPERM);
	CHECK(recv(udp_victim_fd, &c, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);

	/* Who asked one socket may not be written to from another one. */
	second_fd = udp_victim_fd;
	CHECK_FAILS(udp_send(second_fd, PORT_PEER), EPERM);
}

static void datagram_scene(void)
{
	struct err e = ERR_NONE;

	own_network();
	CHECK(bpf_attach_net_deny(open_dir(init_dir), &e) == 0);
	udp_fd = make_socket(SOCK_DGRAM, PORT_PASSED);
	udp_victim_fd = make_socket(SOCK_DGRAM, PORT_VICTIM);
	child_in(row_dir, datagram_service);
}

static struct sockaddr_in6 address6(const char *text, uint16_t port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	CHECK(inet_pton(AF_INET6, text, &a.sin6_addr) == 1);
	return a;
}

/* One socket for both families: its IPv4 peers come and go as ::ffff:a.b.c.d. */
static void datagram6_service(void)
{
	struct sockaddr_in6 a, from;
	int peer_fd = make_socket(SOCK_DGRAM, PORT_PEER);
	int peer6_fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(from);
	char c;

	a = address6("::1", PORT_OTHER);
	CHECK(bind(peer6_fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	a = address6("::ffff:127.0.0.1", PORT_PEER);
	CHECK_FAILS(sendto(udp_fd, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)), EPERM);
	CHECK(udp_send(peer_fd, PORT_PASSED) == 1);
	CHECK(recvfrom(udp_fd, &c, 1, 0, (struct sockaddr *)&from, &len) == 1);
	CHECK(sendto(udp_fd, "4", 1, 0, (struct sockaddr *)&from, len) == 1);
	CHECK(read(peer_fd, &c, 1) == 1 && c == '4');

	a = address6("::1", PORT_OTHER);
	CHECK_FAILS(sendto(udp_fd, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)), EPERM);
	CHECK_FAILS(connect(udp_fd, (struct sockaddr *)&a, sizeof(a)), EPERM);
	a = address6("::1", PORT_PASSED);
	CHECK(sendto(peer6_fd, "q", 1, 0, (struct sockaddr *)&a, sizeof(a)) == 1);
	len = sizeof(from);
	CHECK(recvfrom(udp_fd, &c, 1, 0, (struct sockaddr *)&from, &len) == 1);
	CHECK(sendto(udp_fd, "6", 1, 0, (struct sockaddr *)&from, len) == 1);
	CHECK(read(peer6_fd, &c, 1) == 1 && c == '6');
}

static void datagram6_scene(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(PORT_PASSED) };
	struct err e = ERR_NONE;
	int off = 0;

	own_network();
	CHECK(bpf_attach_net_deny(open_dir(init_dir), &e) == 0);
	udp_fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (udp_fd < 0) {
		fprintf(stderr, "SKIPPED the IPv6 half: this kernel has none\n");
		return;
	}
	CHECK(setsockopt(udp_fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0);
	CHECK(bind(udp_fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	child_in(row_dir, datagram6_service);
}

/* Unix sockets are no business of these programs. */
static void unix_scene(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct err e = ERR_NONE;
	int fd, client_fd, dgram_fd;
	socklen_t len;

	own_network();
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	dgram_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(bpf_attach_net_deny(open_dir(init_dir), &e) == 0);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			  (size_t)snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "s"));
	CHECK(bind(fd, (struct sockaddr *)&a, len) == 0 && listen(fd, 1) == 0);
	client_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(connect(client_fd, (struct sockaddr *)&a, len) == 0);
	a.sun_path[1] = 'd';
	CHECK(bind(dgram_fd, (struct sockaddr *)&a, len) == 0);
	CHECK(sendto(dgram_fd, "x", 1, 0, (struct sockaddr *)&a, len) == 1);
}

static void open_node(const char *dir, unsigned int major, unsigned int minor, int flags, int want)
{
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/%u-%u", dir, major, minor);
	CHECK(mknod(path, S_IFCHR | 0600, makedev(major, minor)) == 0 || errno == EEXIST);
	errno = 0;
	fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (want == 0)
		CHECK(fd >= 0);
	else
		CHECK(fd == -1 && errno == want);
	if (fd >= 0)
		close(fd);
}

static char node_dir[64];

static void devices_scene(void)
{
	static const struct devrule kmsg = { DEVRULE_CHAR, DEVRULE_READ, 1, 11 };
	struct err e = ERR_NONE;
	char path[200];

	open_node(node_dir, 1, 11, O_RDWR, 0); /* control run: before the program is there */
	open_node(node_dir, 1, 3, O_RDWR, 0);
	CHECK(bpf_attach_devices(open_dir(row_dir), &kmsg, 1, false, &e) == 0);
	open_node(node_dir, 1, 3, O_RDWR, 0);
	open_node(node_dir, 1, 9, O_RDONLY, 0);
	open_node(node_dir, 1, 11, O_RDONLY, 0);
	open_node(node_dir, 1, 11, O_WRONLY, EPERM);
	open_node(node_dir, 1, 11, O_RDWR, EPERM);
	snprintf(path, sizeof(path), "%s/mem", node_dir);
	CHECK_FAILS(mknod(path, S_IFCHR | 0600, makedev(1, 1)), EPERM);
	CHECK_FAILS(mknod(path, S_IFBLK | 0600, makedev(1, 3)), EPERM);
	CHECK_FAILS(mknod(path, S_IFCHR | 0600, makedev(5, 2)), EPERM);
	CHECK_FAILS(mknod(path, S_IFCHR | 0600, makedev(136, 0)), EPERM);
	CHECK(mkfifo(path, 0600) == 0);
	CHECK_FAILS(open("/dev/ptmx", O_RDWR | O_NOCTTY), EPERM);
	CHECK(bpf_attach_devices(open_dir(row_dir), NULL, 0, true, &e) == 0);
	open_node(node_dir, 1, 11, O_RDONLY, EPERM);
	CHECK(open("/dev/ptmx", O_RDWR | O_NOCTTY) >= 0);
}

static void test_stream(void **state)
{
	(void)state;
	run_in(init_dir, stream_scene);
}

static void test_stream_control(void **state)
{
	(void)state;
	run_in(init_dir, stream_control_scene);
}

static void test_wrong_cgroup(void **state)
{
	(void)state;
	run_in(init_dir, wrong_cgroup_scene);
}

static void test_datagram(void **state)
{
	(void)state;
	run_in(init_dir, datagram_scene);
}

static void test_datagram6(void **state)
{
	(void)state;
	run_in(init_dir, datagram6_scene);
}

static void test_unix(void **state)
{
	(void)state;
	run_in(init_dir, unix_scene);
}

static void test_devices(void **state)
{
	char command[96];

	(void)state;
	strcpy(node_dir, "/tmp/test_bpf.XXXXXX");
	assert_non_null(mkdtemp(node_dir));
	run_in(row_dir, devices_scene);
	snprintf(command, sizeof(command), "rm -rf %s", node_dir);
	assert_int_equal(system(command), 0);
}

static void test_errors(void **state)
{
	static const struct devrule many[DEVRULES_MAX + 1];
	struct err e = ERR_NONE;
	int fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_true(bpf_attach_net_deny(fd, &e) < 0);
	assert_true(e.num != 0 && strstr(e.text, "bpf: ") == e.text);
	assert_true(bpf_attach_devices(fd, NULL, 0, false, &e) < 0);
	assert_int_equal(bpf_attach_devices(fd, many, DEVRULES_MAX + 1, false, &e), -E2BIG);
	close(fd);
}

/* Landlock is the second wall around the same socket. */
static void landlock_scene(void)
{
	struct err e = ERR_NONE;
	int client_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	char c;

	own_network();
	close(client_fd);
	client_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	listen_fd = make_socket(SOCK_STREAM, PORT_PASSED);
	victim_fd = make_socket(SOCK_STREAM, PORT_VICTIM);
	CHECK(tcp_connect(client_fd, PORT_PASSED) == 0);
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(landlock_deny_tcp(&e) == 0);
	fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	CHECK(fd >= 0 && write(client_fd, "q", 1) == 1 && read(fd, &c, 1) == 1);
	CHECK(shutdown(listen_fd, SHUT_RDWR) == 0);
	CHECK_FAILS(tcp_connect(listen_fd, PORT_VICTIM), EACCES);
	CHECK_FAILS(tcp_connect(socket(AF_INET, SOCK_STREAM, 0), PORT_VICTIM), EACCES);
}

static void test_landlock(void **state)
{
	(void)state;
	if (landlock_probe() < LANDLOCK_ABI_NET) {
		print_message("SKIPPED: Landlock ABI %d, wanted %d\n", landlock_probe(),
			      LANDLOCK_ABI_NET);
		skip();
	}
	run_in(init_dir, landlock_scene);
}

static bool make_cgroups(const char *mount)
{
	snprintf(base_dir, sizeof(base_dir), "%s/test_bpf.%d", mount, (int)getpid());
	snprintf(init_dir, sizeof(init_dir), "%s/init", base_dir);
	snprintf(row_dir, sizeof(row_dir), "%s/row", base_dir);
	return mkdir(base_dir, 0755) == 0 && mkdir(init_dir, 0755) == 0 &&
	       mkdir(row_dir, 0755) == 0;
}

/* Fresh cgroups for each test, so that no program of an earlier one is left. */
static int setup(void **state)
{
	bool hybrid = access("/sys/fs/cgroup/unified/cgroup.procs", W_OK) == 0;

	(void)state;
	usable = make_cgroups(hybrid ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup") &&
		 bpf_probe() == (BPF_FEATURE_NET | BPF_FEATURE_DEVICES);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rmdir(init_dir);
	rmdir(row_dir);
	rmdir(base_dir);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_stream, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stream_control, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_cgroup, setup, teardown),
		cmocka_unit_test_setup_teardown(test_datagram, setup, teardown),
		cmocka_unit_test_setup_teardown(test_datagram6, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unix, setup, teardown),
		cmocka_unit_test_setup_teardown(test_devices, setup, teardown),
		cmocka_unit_test_setup_teardown(test_landlock, setup, teardown),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
