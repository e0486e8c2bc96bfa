/* SPDX-License-Identifier: MIT */
#ifndef GEN_PROFILE_H
#define GEN_PROFILE_H

#include <stddef.h>

#include "base/err.h"
#include "gen/seccomp.h"

/*
 * A seccomp profile of containers, as JSON: the form of Docker's and Podman's default profile, and
 * that of linux.seccomp in the runtime specification of the Open Container Initiative.
 */

/* For whom it is read: its includes and excludes ask for that. */
struct profile_for {
	uint32_t arch; /* AUDIT_ARCH_... */
	uint64_t caps; /* CapabilityBoundingSet= */
};

/* One rule of one call; a rule with several names is several of these. */
struct profile_entry {
	char call[CALL_NAME_MAX];
	struct rule rule;
};

struct profile {
	uint32_t action; /* SECCOMP_RET_... of all calls that have no rule */
	unsigned int n;
	struct profile_entry *entry;
};

/*
 * Read the text of @file (for messages). Every word of it is understood or refused: an unknown key,
 * operator or action, SCMP_ACT_NOTIFY and SCMP_ACT_TRACE (nobody would listen), flags that change
 * what a filter does. Where a rule asks for one argument twice each of its conditions is a rule of
 * its own, as container runtimes have it. Returns 0, or -EINVAL with @e; profile_free() either way.
 */
int profile_parse(struct profile *p, const char *file, const char *text, size_t len,
		  const struct profile_for *whom, struct err *e);

void profile_free(struct profile *p);

/*
 * Make @p, whose walls are set, of the profile: rules of calls that this machine does not have are
 * left out and named in p->left_out, likewise calls of @never. Returns 0 or -EINVAL with @e: a rule
 * that refuses an unknown call, rules that contradict each other.
 */
int profile_apply(const struct profile *profile, struct policy *p, const char *file,
		  const struct calls *never, struct err *e);

#endif
