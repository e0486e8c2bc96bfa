/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent.h"

static const struct { const char *name; enum bpf_attach_type type; } hooks[] = {
	{ "ingress", BPF_CGROUP_INET_INGRESS }, { "egress", BPF_CGROUP_INET_EGRESS },
	{ "sock_create", BPF_CGROUP_INET_SOCK_CREATE }, { "device", BPF_CGROUP_DEVICE },
	{ "bind4", BPF_CGROUP_INET4_BIND }, { "bind6", BPF_CGROUP_INET6_BIND },
	{ "connect4", BPF_CGROUP_INET4_CONNECT }, { "connect6", BPF_CGROUP_INET6_CONNECT },
	{ "sendmsg4", BPF_CGROUP_UDP4_SENDMSG }, { "sendmsg6", BPF_CGROUP_UDP6_SENDMSG },
};

#define HOOKS (sizeof(hooks) / sizeof(hooks[0]))

static int query(int cgroup_fd, enum bpf_attach_type type, uint32_t *ids, uint32_t *n)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)cgroup_fd;
	attr.query.attach_type = type;
	attr.query.prog_ids = (uint64_t)(uintptr_t)ids;
	attr.query.prog_cnt = *n;
	if (syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)))
		return -errno;
	*n = attr.query.prog_cnt;
	return 0;
}

static int set_attached(int cgroup_fd, enum bpf_attach_type type, int prog_fd, int attach)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)prog_fd;
	attr.attach_type = type;
	return syscall(SYS_bpf, attach ? BPF_PROG_ATTACH : BPF_PROG_DETACH, &attr, sizeof(attr)) ? -errno : 0;
}

static int open_program(uint32_t id)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	return (int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
}

/* The first program of each hook is enough: who attaches here does so exclusively. */
static int visit(int cgroup_fd, int suspend, int *prog_fd)
{
	int failed = 0;

	for (size_t i = 0; i < HOOKS; i++) {
		uint32_t ids[16], n = 16;

		prog_fd[i] = -1;
		/* A hook that the kernel was built without has nothing attached. */
		if (query(cgroup_fd, hooks[i].type, ids, &n) || n == 0)
			continue;
		printf("%s %u\n", hooks[i].name, ids[0]);
		if (!suspend)
			continue;
		prog_fd[i] = open_program(ids[0]);
		if (prog_fd[i] < 0 || set_attached(cgroup_fd, hooks[i].type, prog_fd[i], 0)) {
			perror(hooks[i].name);
			failed = 1;
		}
	}
	fflush(stdout);
	return failed;
}

int bpf_main(int argc, char **argv)
{
	int cgroup_fd = argc >= 3 ? open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int suspend = argc == 4 && !strcmp(argv[1], "suspend");
	int prog_fd[HOOKS], r;

	if (cgroup_fd < 0) {
		perror(argc >= 3 ? argv[2] : "usage: agent bpf list CGROUP | suspend CGROUP FILE");
		return 2;
	}
	r = visit(cgroup_fd, suspend, prog_fd);
	while (suspend && access(argv[3], F_OK))
		usleep(20000);
	for (size_t i = 0; i < HOOKS; i++)
		if (prog_fd[i] >= 0 && set_attached(cgroup_fd, hooks[i].type, prog_fd[i], 1)) {
			perror(hooks[i].name);
			r = 1;
		}
	return r;
}
