/* SPDX-License-Identifier: MIT */
#include "os/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPS_MAX 64

unsigned int caps_count(void)
{
	unsigned int n = CAP_LAST_CAP + 1;

	/* A kernel newer or older than the headers. */
	while (n < CAPS_MAX && prctl(PR_CAPBSET_READ, n, 0, 0, 0) >= 0)
		n++;
	while (n > 0 && prctl(PR_CAPBSET_READ, n - 1, 0, 0, 0) < 0)
		n--;
	return n;
}

int caps_keep_bounding(uint64_t keep)
{
	unsigned int n = caps_count();

	for (unsigned int cap = 0; cap < n; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -errno;
	for (unsigned int cap = 0; cap < n; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 0)
			return -EPERM;
	return 0;
}

static int caps_read(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &head, data) < 0 ? -errno : 0;
}

int caps_set(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2], now[2];
	int rc;

	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(effective >> 32 * i);
		data[i].permitted = (uint32_t)(permitted >> 32 * i);
		data[i].inheritable = (uint32_t)(inheritable >> 32 * i);
	}
	if (syscall(SYS_capset, &head, data) < 0)
		return -errno;
	rc = caps_read(now);
	if (rc < 0)
		return rc;
	for (int i = 0; i < 2; i++)
		if (now[i].effective != data[i].effective ||
		    now[i].permitted != data[i].permitted ||
		    now[i].inheritable != data[i].inheritable)
			return -EPERM;
	return 0;
}

int caps_raise_ambient(uint64_t ambient)
{
	for (unsigned int cap = 0; cap < CAPS_MAX; cap++) {
		if (!(ambient >> cap & 1))
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return -errno;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) != 1)
			return -EPERM;
	}
	return 0;
}

int caps_set_securebits(unsigned int bits)
{
	if (prctl(PR_SET_SECUREBITS, (unsigned long)bits, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == (int)bits ? 0 : -EPERM;
}

int caps_keep_over_setuid(void)
{
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ? -errno : 0;
}
