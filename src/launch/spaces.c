/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "launch/jail.h"
#include "os/mnt.h"
#include "os/net.h"

/*
 * All at once. The cgroup namespace's root is the cgroup the launcher was made in: the service's
 * own. The network namespace is the dearest part of a start by far; a thread that makes it while
 * this one mounts was tried, and what it saves goes into waking it and waiting for it.
 */
int step_namespaces(struct jail *j, struct err *e)
{
	int flags = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

	if (j->service->network == NETWORK_NONE)
		flags |= CLONE_NEWNET;
	if (unshare(flags) < 0)
		return err_set(e, errno, "new mount, ipc, uts, cgroup%s namespaces",
			       flags & CLONE_NEWNET ? " and network" : "");
	return 0;
}

int step_network(struct jail *j, struct err *e)
{
	int rc = j->service->network == NETWORK_NONE ? net_lo_up() : 0;

	return rc < 0 ? err_set(e, rc, "bring up lo (Network=none)") : 0;
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
