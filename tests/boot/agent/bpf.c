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

static int detach(int cgroup_fd, enum bpf_attach_type type, uint32_t id)
{
	union bpf_attr attr;
	int prog_fd, r;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	prog_fd = (int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
	if (prog_fd < 0)
		return -errno;
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)prog_fd;
	attr.attach_type = type;
	r = syscall(SYS_bpf, BPF_PROG_DETACH, &attr, sizeof(attr)) ? -errno : 0;
	close(prog_fd);
	return r;
}

int bpf_main(int argc, char **argv)
{
	int cgroup_fd = argc == 3 ? open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (cgroup_fd < 0) {
		perror(argc == 3 ? argv[2] : "usage: agent bpf list|detach CGROUP");
		return 2;
	}
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		uint32_t ids[16], n = 16;

		/* A hook that the kernel was built without has nothing attached. */
		if (query(cgroup_fd, hooks[i].type, ids, &n))
			continue;
		for (uint32_t k = 0; k < n; k++) {
			int r = strcmp(argv[1], "detach") || hooks[i].type == BPF_CGROUP_DEVICE ? 0 :
				detach(cgroup_fd, hooks[i].type, ids[k]);

			printf("%s %u%s%s\n", hooks[i].name, ids[k], r ? " " : "", r ? strerror(-r) : "");
		}
	}
	return 0;
}
