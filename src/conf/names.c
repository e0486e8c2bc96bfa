/* SPDX-License-Identifier: MIT */
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "conf/names.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct name {
	const char *name;
	int number;
};

/* clang-format off */
static const char *const caps[CAPS_COUNT] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID",
	"CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW",
	"CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
	"CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE",
	"CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",
	"CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
};

#define N(name) { #name, name }
static const struct name signals[] = {
	N(SIGHUP), N(SIGINT), N(SIGQUIT), N(SIGILL), N(SIGTRAP), N(SIGABRT), N(SIGBUS), N(SIGFPE),
	N(SIGKILL), N(SIGUSR1), N(SIGSEGV), N(SIGUSR2), N(SIGPIPE), N(SIGALRM), N(SIGTERM),
	N(SIGSTKFLT), N(SIGCHLD), N(SIGCONT), N(SIGSTOP), N(SIGTSTP), N(SIGTTIN), N(SIGTTOU),
	N(SIGURG), N(SIGXCPU), N(SIGXFSZ), N(SIGVTALRM), N(SIGPROF), N(SIGWINCH), N(SIGIO),
	N(SIGPWR), N(SIGSYS),
};

static const struct name families[] = {
	N(AF_UNIX), N(AF_INET), N(AF_INET6), N(AF_NETLINK), N(AF_PACKET), N(AF_CAN), N(AF_VSOCK),
	N(AF_BLUETOOTH), N(AF_ALG), N(AF_KEY), N(AF_TIPC), N(AF_IEEE802154),
};
#undef N

static const struct name namespaces[] = {
	{ "cgroup", CLONE_NEWCGROUP }, { "ipc", CLONE_NEWIPC }, { "net", CLONE_NEWNET },
	{ "mnt", CLONE_NEWNS }, { "pid", CLONE_NEWPID }, { "user", CLONE_NEWUSER },
	{ "uts", CLONE_NEWUTS },
};
/* clang-format on */

static int number_of(const struct name *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i].name, name))
			return list[i].number;
	return -1;
}

const char *names_cap(unsigned int cap)
{
	return cap < CAPS_COUNT ? caps[cap] : NULL;
}

int names_cap_number(const char *name)
{
	for (int i = 0; i < CAPS_COUNT; i++)
		if (!strcmp(caps[i], name))
			return i;
	return -1;
}

const char *names_signal(unsigned int sig)
{
	for (size_t i = 0; i < LENGTH(signals); i++)
		if ((unsigned int)signals[i].number == sig)
			return signals[i].name;
	return NULL;
}

int names_signal_number(const char *name)
{
	return number_of(signals, LENGTH(signals), name);
}

const char *names_namespace(unsigned int i, uint32_t *bit)
{
	if (i >= LENGTH(namespaces))
		return NULL;
	*bit = (uint32_t)namespaces[i].number;
	return namespaces[i].name;
}

int names_family_number(const char *name)
{
	return number_of(families, LENGTH(families), name);
}
