/* SPDX-License-Identifier: MIT */
#include "launch/jail.h"
#include "os/caps.h"
#include "os/cred.h"
#include "os/landlock.h"

/* What is put up here holds for the launcher too, and for each process it starts from here on. */

int step_write_execute(struct jail *j, struct err *e)
{
	int rc = j->service->deny_wx ? cred_deny_write_execute() : 0;

	if (rc < 0)
		return err_set(e, rc,
			       "MemoryDenyWriteExecute=yes: no memory is to be writable and "
			       "executable");
	return 0;
}

int step_keyring(struct jail *j, struct err *e)
{
	int rc = cred_new_session_keyring();

	(void)j;
	if (rc < 0)
		return err_set(e, rc, "join a new session keyring");
	return 0;
}

/* The launcher keeps what it has, because it never execs; what it starts cannot get back what is
 * dropped here. */
int step_bounding(struct jail *j, struct err *e)
{
	int rc = caps_keep_bounding(j->service->caps_bounding);

	if (rc < 0)
		return err_set(e, rc, "drop all but %#llx from the capability bounding set",
			       (unsigned long long)j->service->caps_bounding);
	return 0;
}

int step_no_new_privs(struct jail *j, struct err *e)
{
	int rc = cred_set_no_new_privs();

	(void)j;
	if (rc < 0)
		return err_set(e, rc, "set no_new_privs");
	return 0;
}

/*
 * A listening socket that PID 1 passes belongs to the machine's network namespace: shut down and
 * connected, it would reach every port there. A row with Network=host reaches them anyway, but not
 * the abstract unix sockets of others, which know no file mode.
 */
int step_landlock(struct jail *j, struct err *e)
{
	if (j->service->network == NETWORK_HOST)
		return landlock_scope(e);
	if (j->record->n_listen == 0)
		return 0;
	return landlock_deny_tcp(e);
}
