/* SPDX-License-Identifier: MIT */
#include "os/landlock.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The kernel's interface as of ABI 6, written out because the build host's headers may be older
 * than the device's kernel (include/uapi/linux/landlock.h). An older kernel is told a shorter size.
 */
struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};
enum {
	CREATE_RULESET_VERSION = 1,
	ACCESS_NET_BIND_TCP = 1 << 0,
	ACCESS_NET_CONNECT_TCP = 1 << 1,
	SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0,
	SCOPE_SIGNAL = 1 << 1
};

int landlock_probe(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* A ruleset without a rule: what it handles or scopes is denied altogether. */
static int restrict_self(const struct ruleset_attr *attr, size_t size, const char *what,
			 struct err *e)
{
	/* close-on-exec by itself */
	long fd = syscall(SYS_landlock_create_ruleset, attr, size, 0);
	int r;

	if (fd < 0)
		return err_set(e, errno, "landlock: create a ruleset that denies %s", what);
	r = syscall(SYS_landlock_restrict_self, (int)fd, 0) == 0 ? 0 : -errno;
	close((int)fd);
	if (r < 0)
		return err_set(e, r, "landlock: restrict the process%s",
			       r == -EPERM ? "; no_new_privs must be set first" : "");
	return 0;
}

int landlock_deny_tcp(struct err *e)
{
	struct ruleset_attr attr = { .handled_access_net = ACCESS_NET_BIND_TCP |
							   ACCESS_NET_CONNECT_TCP };
	size_t size = offsetof(struct ruleset_attr, scoped);
	int abi = landlock_probe();

	if (abi < LANDLOCK_ABI_NET)
		return err_set(
			e, ENOSYS,
			"landlock: ABI %d, wanted %d or newer (Linux 6.7, landlock in CONFIG_LSM)",
			abi, LANDLOCK_ABI_NET);
	if (abi >= LANDLOCK_ABI_SCOPE) {
		attr.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
		size = sizeof(attr);
	}
	return restrict_self(&attr, size, "TCP", e);
}

int landlock_scope(struct err *e)
{
	struct ruleset_attr attr = { .scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL };
	int abi = landlock_probe();

	if (abi < LANDLOCK_ABI_SCOPE)
		return err_set(
			e, ENOSYS,
			"landlock: ABI %d, wanted %d or newer (Linux 6.12, landlock in CONFIG_LSM)",
			abi, LANDLOCK_ABI_SCOPE);
	return restrict_self(&attr, sizeof(attr), "abstract sockets and signals", e);
}
