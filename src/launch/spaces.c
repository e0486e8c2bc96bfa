/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "launch/jail.h"
#include "os/mnt.h"
#include "os/net.h"

/* Enough for two system calls, and for what the C library wants to know about a thread. */
static char network_stack[16384] __attribute__((aligned(64)));

/*
 * In a thread of its own: making a network namespace takes as long as all the rest of a start, and
 * shares no lock with mounting. The socket that brought lo up is left behind and keeps the
 * namespace until the launcher enters it.
 */
static void *network_make(void *arg)
{
	struct jail *j = arg;

	if (unshare(CLONE_NEWNET) < 0) {
		j->network.what = "make a network namespace";
		j->network.socket_fd = -errno;
		return NULL;
	}
	j->network.what = "bring up lo";
	j->network.socket_fd = net_lo_up_socket();
	return NULL;
}

int step_network_begin(struct jail *j, struct err *e)
{
	pthread_attr_t attr;
	int rc;

	if (j->service->network == NETWORK_HOST)
		return 0;
	pthread_attr_init(&attr);
	rc = pthread_attr_setstack(&attr, network_stack, sizeof(network_stack));
	if (rc == 0)
		rc = pthread_create(&j->network.thread, &attr, network_make, j);
	if (rc != 0)
		return err_set(e, rc, "start the thread that makes the network namespace");
	j->network.running = true;
	return 0;
}

int step_network(struct jail *j, struct err *e)
{
	cleanup_fd int socket_fd = -1;
	cleanup_fd int space_fd = -1;
	int rc;

	if (!j->network.running)
		return 0;
	rc = pthread_join(j->network.thread, NULL);
	if (rc != 0)
		return err_set(e, rc, "wait for the thread that makes the network namespace");
	j->network.running = false;
	if (j->network.socket_fd < 0)
		return err_set(e, j->network.socket_fd, "%s (Network=none)", j->network.what);
	socket_fd = j->network.socket_fd;
	space_fd = net_namespace_of(socket_fd);
	if (space_fd < 0)
		return err_set(e, space_fd, "open the new network namespace (SIOCGSKNS)");
	if (setns(space_fd, CLONE_NEWNET) < 0)
		return err_set(e, errno, "enter the new network namespace");
	return 0;
}

/* The cgroup namespace's root is the cgroup the launcher was made in: the service's own. */
int step_namespaces(struct jail *j, struct err *e)
{
	(void)j;
	if (unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP) < 0)
		return err_set(e, errno, "new mount, ipc, uts and cgroup namespaces");
	return 0;
}

int step_propagation(struct jail *j, struct err *e)
{
	int rc = mnt_make_private();

	(void)j;
	if (rc < 0)
		return err_set(e, rc, "make all mounts private (mount_setattr, Linux 5.12)");
	return 0;
}

int step_hostname(struct jail *j, struct err *e)
{
	const char *name = j->service->name;

	if (sethostname(name, strlen(name)) < 0)
		return err_set(e, errno, "set the host name %s", name);
	return 0;
}
