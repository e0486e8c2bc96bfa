/* SPDX-License-Identifier: MIT */
/*
 * A seccomp profile as JSON: read or refused with the file's name; and what is read makes a policy
 * or is refused, likewise.
 */
#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gen/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint32_t arches[] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM };
	static struct policy policy;
	static struct calls never;
	struct profile_for whom = { arches[len % 3], 0x200000 };
	struct profile profile;
	struct err e = ERR_NONE;
	int rc;

	if (len > 8192)
		return 0;
	memset(&policy, 0, sizeof(policy));
	policy.arch = whom.arch;
	rc = profile_parse(&profile, "profile", (const char *)data, len, &whom, &e);
	if (rc == 0)
		rc = profile_apply(&profile, &policy, "profile", &never, &e);
	profile_free(&profile);
	if (rc < 0 && strstr(e.text, "profile") != e.text)
		abort();
	return 0;
}
