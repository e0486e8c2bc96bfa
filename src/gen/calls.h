/* SPDX-License-Identifier: MIT */
#ifndef GEN_CALLS_H
#define GEN_CALLS_H

#include <stdint.h>

#define CALLS_MAX     512
#define CALL_NAME_MAX 40

/* The numbers of system calls that machines use: 0 up, ARM's own from 0xf0000. */
#define NR_PROBE_MAX 1024

/* A set of system calls of one machine, sorted by number, none twice. */
struct call {
	char name[CALL_NAME_MAX];
	int nr;
	uint32_t action;	/* SECCOMP_RET_..., where none of its rules holds */
	uint16_t rule, n_rules; /* of the policy: a profile's conditions on its arguments */
};
struct calls {
	unsigned int n;
	struct call call[CALLS_MAX];
};

/* Where @nr stands in the set, or -1. */
int calls_find(const struct calls *set, int nr);

/*
 * Add a call without rules; one that is there already stays as it is. Returns it, valid until the
 * set changes. The caller has seen to the length of @name.
 */
struct call *calls_add(struct calls *set, const char *name, int nr, uint32_t action);

/* Take @nr away, if it is there. */
void calls_remove(struct calls *set, int nr);

#endif
