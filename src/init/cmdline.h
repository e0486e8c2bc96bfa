/* SPDX-License-Identifier: MIT */
#ifndef INIT_CMDLINE_H
#define INIT_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "init/report.h"
#include "conf/limits.h"

#define CMDLINE_MAX	 4096
#define CMDLINE_SKIP_MAX 16
#define CMDLINE_BAD_MAX	 8

/* What the kernel command line says to jailinit. All zero when it says nothing. */
struct cmdline {
	bool rescue;   /* jailinit.rescue: start Rescue=yes rows only */
	bool debug;    /* jailinit.debug: say more on the console */
	bool no_data;  /* jailinit.data=none: go on as if DataDevice= were empty */
	bool no_color; /* jailinit.color=no */
	unsigned int n_skip;
	/* jailinit.skip=NAME,NAME: rows not to start */
	char skip[CMDLINE_SKIP_MAX][SERVICE_NAME_MAX];
	/* jailinit.* words that were not understood, also those beyond CMDLINE_BAD_MAX */
	unsigned int n_bad;
	/* the first of them, cut short, control bytes replaced */
	char bad[CMDLINE_BAD_MAX][64];
};

/*
 * Parse @len bytes of kernel command line (need not be NUL-terminated) into @c. Words are split at
 * blanks outside "..." as the kernel does; a word that does not begin with "jailinit." is none of
 * ours. Never fails: what is wrong is kept in bad[]. No system call.
 */
void cmdline_parse(const char *text, size_t len, struct cmdline *c);

/*
 * Read and parse /proc/cmdline. Words that were not understood, and a /proc/cmdline that cannot be
 * read, are reported with REPORT_WARNING; @c is valid in any case.
 */
void cmdline_read(struct cmdline *c, const struct report *r);

/* Is service @name named in jailinit.skip=? */
bool cmdline_skips(const struct cmdline *c, const char *name);

#endif
