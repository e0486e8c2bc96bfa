/* SPDX-License-Identifier: MIT */
#include "os/cred.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of linux/prctl.h, which musl's header cannot stand beside. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE		 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#define PR_GET_MDWE		 66
#endif

/* 32-bit ARM kept its 16-bit calls under the plain names. */
#ifdef SYS_setgroups32
#define NR_SETGROUPS SYS_setgroups32
#define NR_GETGROUPS SYS_getgroups32
#define NR_SETRESGID SYS_setresgid32
#define NR_GETRESGID SYS_getresgid32
#define NR_SETRESUID SYS_setresuid32
#define NR_GETRESUID SYS_getresuid32
#else
#define NR_SETGROUPS SYS_setgroups
#define NR_GETGROUPS SYS_getgroups
#define NR_SETRESGID SYS_setresgid
#define NR_GETRESGID SYS_getresgid
#define NR_SETRESUID SYS_setresuid
#define NR_GETRESUID SYS_getresuid
#endif

int cred_set_groups(const uint32_t *groups, unsigned int n)
{
	if (syscall(NR_SETGROUPS, n, groups) < 0)
		return -errno;
	return syscall(NR_GETGROUPS, 0, NULL) == (long)n ? 0 : -EPERM;
}

static int set_ids(long set, long get, uint32_t id)
{
	uint32_t real, effective, saved;

	if (syscall(set, id, id, id) < 0 || syscall(get, &real, &effective, &saved) < 0)
		return -errno;
	return real == id && effective == id && saved == id ? 0 : -EPERM;
}

int cred_set_gid(uint32_t gid)
{
	return set_ids(NR_SETRESGID, NR_GETRESGID, gid);
}

int cred_set_uid(uint32_t uid)
{
	return set_ids(NR_SETRESUID, NR_GETRESUID, uid);
}

int cred_set_no_new_privs(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : -EPERM;
}

int cred_deny_write_execute(void)
{
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) < 0)
		return errno == EINVAL ? 0 : -errno;
	return prctl(PR_GET_MDWE, 0, 0, 0, 0) == PR_MDWE_REFUSE_EXEC_GAIN ? 0 : -EPERM;
}

int cred_set_not_dumpable(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : -EPERM;
}

int cred_new_session_keyring(void)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return -errno;
	return 0;
}
