/* SPDX-License-Identifier: MIT */
#ifndef GEN_SECCOMP_H
#define GEN_SECCOMP_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/limits.h"
#include "conf/service.h"
#include "gen/calls.h"
#include "gen/place.h"
#include "gen/rule.h"

/*
 * The seccomp filter of each row, made on the build host:
 *	groups file + row -> policy (which calls, which families)
 *	policy -> libseccomp's programs (the reference), and policy -> our own small program
 *	both through an interpreter, over every call number and the argument values that matter:
 *	equal, or no build.
 */

/* ---- The groups file (seccomp_group.c) */

#define GROUPS_MAX     64
#define GROUP_TEXT_MAX 65536
#define WORD_MAX       96

#define PROFILE_DIRS_MAX 4

struct group {
	char name[32];	 /* "@default" */
	size_t from, to; /* its words: bytes of the text */
};

struct groups {
	const char *file; /* for messages */
	char text[GROUP_TEXT_MAX];
	unsigned int n;
	struct group group[GROUPS_MAX];
	/* Where SeccompProfile= is looked for, in this order. */
	unsigned int n_dirs;
	const char *dir[PROFILE_DIRS_MAX];
};

/*
 * Read the form of board/common/seccomp/groups: [@name] headers, words, # comments. @text is
 * copied, @file and the directories are kept. Every word is checked: a group that is not there, a call that libseccomp
 * does not know on any machine, a ring of groups are errors with FILE:LINE. Returns 0 or -EINVAL.
 */
int groups_parse(struct groups *g, const char *file, const char *text, size_t len, struct err *e);

/* Look for profiles in @dir as well, which is kept. False: there are PROFILE_DIRS_MAX already. */
bool groups_add_dir(struct groups *g, const char *dir);

/* Group @name ("@default"), or NULL. */
const struct group *groups_find(const struct groups *g, const char *name);

/*
 * Call @fn for each word (a system call, or several in the form a|b) of group @name and of the
 * groups in it (a call may come several times). Stops at the first result that is not 0 and returns
 * it. The group must be there.
 */
int groups_each(const struct groups *g, const char *name, int (*fn)(void *ctx, const char *call),
		void *ctx);

/*
 * Copy the next part of a|b|c into @name; *@word moves behind it. Returns false when there is none.
 */
bool groups_alternative(const char **word, char name[WORD_MAX]);

/*
 * The next word of the @text, skipping blanks and # comments; *@at moves behind it and *@line
 * counts newlines. Copied into @word. Returns its length, 0 at the end, or -ENAMETOOLONG.
 */
int groups_word(const char *text, size_t len, size_t *at, unsigned int *line, char word[WORD_MAX]);

/* ---- What a filter does (seccomp_policy.c) */

#define FAMILIES_MAX 48
#define RULES_MAX    512

struct policy {
	uint32_t arch;	 /* AUDIT_ARCH_..., which is also libseccomp's token */
	uint32_t deny;	 /* SECCOMP_RET_... of what is not in the sets below */
	uint32_t refuse; /* and of what a wall takes away */
	struct calls allow;
	struct calls absent; /* answered with an error of their own; disjoint from allow */
	unsigned int n_families;
	uint32_t family[FAMILIES_MAX]; /* sorted; what socket() and socketpair() take */
	uint32_t walls;		       /* enum wall */
	uint32_t namespaces;	       /* CLONE_NEW... that WALL_NAMESPACES refuses */
	unsigned int n_rules;
	struct rule rule[RULES_MAX];
	char left_out[4096]; /* rules of a profile that have no effect here, for the build's log */
};

/* AUDIT_ARCH_... of x86_64, aarch64, armv7; 0 if not known. */
uint32_t policy_arch(const char *name);

/*
 * What row @s wants of machine @arch. Returns 0, or -EINVAL with @e: unknown call (and what it may
 * have meant), call of another machine named by the row itself, a call that no row can have, no
 * execve, unknown family or errno, a profile that is not there or not understood.
 */
int policy_make(struct policy *p, uint32_t arch, const struct groups *g, const struct service *s,
		const struct placer *where, struct err *e);

/* Do both want the same of the same machine? */
bool policy_equal(const struct policy *a, const struct policy *b);

/*
 * The call name nearest to @word among all that libseccomp knows, or NULL; valid until the next
 * call.
 */
const char *policy_suggest(const char *word);

/* ---- The two programs */

struct program {
	uint32_t n;
	struct sock_filter insn[BPF_MAXINSNS];
};

/*
 * libseccomp's own program for the policy, in two parts as it cannot express denials within an
 * allowed call: the kernel would run both, and the stricter answer counts. Returns 0 or -errno.
 */
int reference_make(struct program *allow, struct program *narrow, const struct policy *p,
		   struct err *e);

/*
 * Ours: one search over ranges of numbers. Returns 0, or -E2BIG if it has more than FILTER_MAX
 * instructions.
 */
int tree_make(struct program *out, const struct policy *p, struct err *e);

/* ---- The interpreter (seccomp_run.c) */

/*
 * Would the kernel take it? The rules of seccomp_check_filter() and bpf_check_classic(). Returns 0
 * or -EINVAL.
 */
int program_check(const struct sock_filter *insn, uint32_t n, struct err *e);

/*
 * What a run did: instructions executed, and which words (4 bytes each) of struct seccomp_data it
 * looked at.
 */
struct run_trace {
	uint32_t steps;
	uint16_t words;
};
#define TRACE_WORD_ARG(i) (3u << (4 + 2 * (i))) /* both halves of argument i */
#define TRACE_WORDS_ARGS  0xfff0u

/*
 * Run a program that program_check() took. Returns its SECCOMP_RET_... value; @trace may be NULL.
 */
uint32_t program_run(const struct sock_filter *insn, uint32_t n, const struct seccomp_data *d,
		     struct run_trace *trace);

/* The stricter of two answers, as the kernel weighs them when several filters are loaded. */
uint32_t program_stricter(uint32_t a, uint32_t b);

/* ---- The proof (seccomp_prove.c) */

struct proof {
	uint64_t runs;	    /* comparisons made */
	uint32_t depth_max; /* longest path through our program */
};

/*
 * Compare @ours with the two parts of the reference: numbers 0..1023, the private ones of ARM, the
 * x32 bit, -1, and around each constant of the programs; and the same for other machines. A run
 * that looks at no argument says the same whatever the arguments are; where any of the three looks
 * at some, all pairs of values around each constant are tried, with and without the high 32 bits.
 * Returns 0, or -EINVAL with the first mismatch in @e.
 */
int prove_equal(const struct program *ours, const struct program *allow,
		const struct program *narrow, const struct policy *p, struct proof *out,
		struct err *e);

#endif
