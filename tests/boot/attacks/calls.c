/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

/* Attacks that are a system call: kernel surface, other processes, the machine, the clock, the network. */

#define CALL(...) (syscall(__VA_ARGS__) < 0 ? -errno : 0)
#define BEYOND (GUARD_FILTER | GUARD_CAPS | GUARD_GAIN)

/* E01: ways into the page cache of files that all jails share */

/*
 * The filter refuses a family with the errno that a kernel without it has. Who of the two it was shows by a type that
 * does not exist: the kernel looks at that before it looks for the family, and says EINVAL.
 */
static int open_family(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol);

	if (fd >= 0 || errno != EAFNOSUPPORT)
		return fd < 0 ? -errno : fd;
	return socket(family, 15, protocol) < 0 ? -errno : 0;
}

static int alg_socket(void)
{
	return open_family(38, SOCK_SEQPACKET, 0);
}

static int rds_socket(void)
{
	return open_family(21, SOCK_SEQPACKET, 0);
}

static int rxrpc_socket(void)
{
	return open_family(33, SOCK_DGRAM, AF_INET);
}

static int key_socket(void)
{
	return open_family(15, SOCK_RAW, 2);
}

static int xfrm_socket(void)
{
	return open_family(AF_NETLINK, SOCK_RAW, NETLINK_XFRM);
}

static int tls_ulp(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return setsockopt(fd, 6, 31, "tls", 4) ? -errno : 0;
}

static int io_uring(void)
{
	char params[256] = { 0 };

	return CALL(SYS_io_uring_setup, 4, params);
}

/* Of the dirty pipe: a page of a shared file is put into a pipe. */
static int splice_shared_file(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), fds[2];

	if (fd < 0 || pipe(fds))
		return -errno;
	return CALL(SYS_splice, fd, NULL, fds[1], NULL, 1, 0);
}

/* E07, E12, E14 */

static int file_handle(void)
{
	unsigned int handle[34] = { 128 };
	int mount_id;

	return CALL(SYS_name_to_handle_at, AT_FDCWD, "/", handle, &mount_id, 0);
}

/* The shocker: inode 2 of whatever the root is on. */
static int open_by_handle(void)
{
	unsigned int handle[4] = { 8, 1, 2, 0 };
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	return CALL(SYS_open_by_handle_at, fd, handle, O_RDONLY);
}

static int ptrace_me(void)
{
	return CALL(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
}

static int ptrace_parent(void)
{
	int r = CALL(SYS_ptrace, 0x4206 /* PTRACE_SEIZE */, getppid(), 0, 0);

	return r;
}

static int read_parent(void)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote = { (void *)(uintptr_t)&program_invocation_name, 1 };

	return CALL(SYS_process_vm_readv, getppid(), &local, 1, &remote, 1, 0);
}

static int compare_parent(void)
{
	return CALL(SYS_kcmp, getpid(), getppid(), 0, 0, 0);
}

static int steal_file(void)
{
	int fd = (int)syscall(SYS_pidfd_open, getppid(), 0);

	return fd < 0 ? -errno : CALL(SYS_pidfd_getfd, fd, 1, 0);
}

static int add_key(void)
{
	return CALL(SYS_add_key, "user", "attack", "secret", 6, -3 /* session */);
}

static int request_key(void)
{
	return CALL(SYS_request_key, "user", "attack", NULL, -3);
}

static int keyctl(void)
{
	return CALL(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3, 1);
}

/* E16: other ways to call the kernel */

static int call_32bit(void)
{
#ifdef __x86_64__
	long r = 20; /* getpid of i386 */

	__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
	return r < 0 ? (int)r : 0;
#else
	return -ENOSYS;
#endif
}

static int call_x32(void)
{
	return CALL(0x40000000 | 39 /* getpid */);
}

/* E20 */

static int raw_socket(void)
{
	return open_family(AF_INET, SOCK_RAW, 1);
}

static int raw6_socket(void)
{
	return open_family(AF_INET6, SOCK_RAW, 58);
}

static int packet_socket(void)
{
	return open_family(AF_PACKET, SOCK_RAW, 0);
}

/* What a device manager would believe. */
static int uevent_socket(void)
{
	return open_family(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
}

static int route_socket(void)
{
	return open_family(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static int audit_socket(void)
{
	return open_family(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
}

static int vsock_socket(void)
{
	return open_family(40, SOCK_STREAM, 0);
}

/* E28: the machine. Each with arguments that change nothing when they are let through. */

static int reboot_machine(void)
{
	return CALL(SYS_reboot, 0, 0, 0, 0);
}

static int load_kernel(void)
{
	return CALL(SYS_kexec_load, 0, 0, NULL, 0);
}

static int load_module(void)
{
	return CALL(SYS_init_module, "", 0, "");
}

static int load_module_file(void)
{
	return CALL(SYS_finit_module, -1, "", 0);
}

static int swap_on(void)
{
	return CALL(SYS_swapon, "/nothing", 0);
}

static int accounting(void)
{
	return CALL(SYS_acct, NULL);
}

static int quota(void)
{
	return CALL(SYS_quotactl, 0, NULL, 0, NULL);
}

static int port_level(void)
{
	return CALL(SYS_iopl, 3);
}

static int port_permission(void)
{
	return CALL(SYS_ioperm, 0x70, 2, 1);
}

static int bpf_program(void)
{
	struct bpf_insn code[] = { { .code = 0xb7 }, { .code = 0x95 } };
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = 2;
	attr.license = (uintptr_t) "";
	return CALL(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int performance_counter(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr) };

	return CALL(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static int page_faults(void)
{
	return CALL(SYS_userfaultfd, 0);
}

static int watch_everything(void)
{
	return CALL(SYS_fanotify_init, 0, 0);
}

static int kernel_log(void)
{
	return CALL(SYS_syslog, 10 /* its size */, NULL, 0);
}

static int hang_up(void)
{
	return CALL(SYS_vhangup);
}

static int local_descriptors(void)
{
	return CALL(SYS_modify_ldt, 0, NULL, 0);
}

/* E29, E30 */

static int set_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return CALL(SYS_clock_settime, CLOCK_REALTIME, &now);
}

static int set_day(void)
{
	struct timespec now;
	long day[2];

	clock_gettime(CLOCK_REALTIME, &now);
	day[0] = now.tv_sec;
	day[1] = now.tv_nsec / 1000;
	return CALL(SYS_settimeofday, day, NULL);
}

static int shift_clock(void)
{
	struct timex none = { .modes = ADJ_SETOFFSET };

	return CALL(SYS_adjtimex, &none);
}

static int host_name(void)
{
	return CALL(SYS_sethostname, "attacked", 8);
}

static int domain_name(void)
{
	return CALL(SYS_setdomainname, "attacked", 8);
}

#define NO_KERNEL ENOSYS, "the call reaches the kernel, which does not have it"
#define NO_FAMILY EINVAL, "the call reaches the kernel, which does not have the family"

const struct attack attacks_calls[] = {
	{ "E01", "AF_ALG socket", alg_socket, GUARD_FILTER, NULL, NO_FAMILY },
	{ "E01", "RDS socket", rds_socket, GUARD_FILTER, NULL, NO_FAMILY },
	{ "E01", "RXRPC socket", rxrpc_socket, GUARD_FILTER, NULL, NO_FAMILY },
	{ "E01", "AF_KEY socket", key_socket, BEYOND, NULL, NO_FAMILY },
	{ "E01", "xfrm netlink socket", xfrm_socket, BEYOND, NULL, EPROTONOSUPPORT,
	  "the call reaches the kernel, which does not have xfrm" },
	{ "E01", "kernel TLS on a socket", tls_ulp, GUARD_FILTER, NULL, ENOENT,
	  "the same answer from both; no guard but the kernel, which does not have it" },
	{ "E01", "io_uring", io_uring, GUARD_FILTER, NULL, ENOSYS,
	  "the same answer from both; a filter says it as this kernel does, which does not have it" },
	{ "E01", "a shared file's page in a pipe", splice_shared_file, GUARD_FILTER, NULL, 0, NULL },
	{ "E07", "name_to_handle_at", file_handle, GUARD_FILTER, NULL, NO_KERNEL },
	{ "E07", "open_by_handle_at of inode 2", open_by_handle, BEYOND, NULL, NO_KERNEL },
	{ "E12", "PTRACE_TRACEME against the launcher", ptrace_me, GUARD_FILTER | GUARD_CAPS, NULL, 0, NULL },
	{ "E12", "PTRACE_SEIZE", ptrace_parent, BEYOND, NULL, 0, NULL },
	{ "E12", "process_vm_readv", read_parent, BEYOND, NULL, NO_KERNEL },
	{ "E12", "kcmp", compare_parent, BEYOND, NULL, NO_KERNEL },
	{ "E10", "pidfd_getfd", steal_file, BEYOND, NULL, 0, NULL },
	{ "E14", "add_key", add_key, GUARD_FILTER, NULL, NO_KERNEL },
	{ "E14", "request_key", request_key, GUARD_FILTER, NULL, NO_KERNEL },
	{ "E14", "keyctl", keyctl, GUARD_FILTER, NULL, NO_KERNEL },
	{ "E16", "32-bit entry, int 0x80", call_32bit, GUARD_FILTER, NULL, REACHED_SIGNAL(SIGSEGV),
	  "the same answer from both; the kernel has no such entry; the filter's is proved on the build host" },
	{ "E16", "x32 number", call_x32, GUARD_FILTER, NULL, NO_KERNEL },
	{ "E20", "raw socket", raw_socket, BEYOND, NULL, 0, NULL },
	{ "E20", "raw socket, IPv6", raw6_socket, BEYOND, NULL, 0, NULL },
	{ "E20", "packet socket", packet_socket, BEYOND, NULL, NO_FAMILY },
	{ "E20", "uevent netlink socket", uevent_socket, GUARD_FILTER, NULL, 0, NULL },
	{ "E20", "route netlink socket", route_socket, GUARD_FILTER, NULL, 0, NULL },
	{ "E20", "audit netlink socket", audit_socket, GUARD_FILTER, NULL, EPROTONOSUPPORT,
	  "the call reaches the kernel, which does not have audit" },
	{ "E20", "vsock socket", vsock_socket, GUARD_FILTER, NULL, NO_FAMILY },
	{ "E28", "reboot", reboot_machine, BEYOND, NULL, EINVAL,
	  "past the privilege, stopped by its bad magic number" },
	{ "E28", "kexec_load", load_kernel, BEYOND, NULL, NO_KERNEL },
	{ "E28", "init_module", load_module, BEYOND, NULL, NO_KERNEL },
	{ "E28", "finit_module", load_module_file, BEYOND, NULL, NO_KERNEL },
	{ "E28", "swapon", swap_on, BEYOND, NULL, NO_KERNEL },
	{ "E28", "acct", accounting, BEYOND, NULL, NO_KERNEL },
	{ "E28", "quotactl", quota, BEYOND, NULL, NO_KERNEL },
	{ "E28", "iopl", port_level, BEYOND, NULL, NO_KERNEL },
	{ "E28", "ioperm", port_permission, BEYOND, NULL, NO_KERNEL },
	{ "E28", "bpf program", bpf_program, BEYOND, NULL, 0, NULL },
	{ "E28", "perf_event_open", performance_counter, BEYOND, NULL, 0, NULL },
	{ "E28", "userfaultfd", page_faults, BEYOND, NULL, NO_KERNEL },
	{ "E28", "fanotify_init", watch_everything, BEYOND, NULL, NO_KERNEL },
	{ "E28", "syslog", kernel_log, BEYOND, NULL, 0, NULL },
	{ "E28", "vhangup", hang_up, BEYOND, NULL, 0, NULL },
	{ "E28", "modify_ldt", local_descriptors, GUARD_FILTER, NULL, NO_KERNEL },
	{ "E29", "clock_settime", set_clock, BEYOND, NULL, 0, NULL },
	{ "E29", "settimeofday", set_day, BEYOND, NULL, 0, NULL },
	{ "E29", "adjtimex", shift_clock, BEYOND, NULL, 0, NULL },
	{ "E30", "sethostname", host_name, BEYOND, NULL, 0, NULL },
	{ "E30", "setdomainname", domain_name, BEYOND, NULL, 0, NULL },
	{ 0 },
};
