/* SPDX-License-Identifier: MIT */
#ifndef GEN_REPORT_H
#define GEN_REPORT_H

/* Where a value came from. */
struct origin {
	unsigned int key;   /* its number in keys.def or system.def */
	unsigned int entry; /* list keys: how many entries came before this line */
	const char *file;
	unsigned int line; /* 0: the file as a whole */
	char what[80]; /* "MemoryMax=", or "CONFIG_SVC_WEB_MEMORY_MAX" where that is what was set */
};

/*
 * Say on stderr what is wrong: "FILE:LINE: WHAT: text". All mistakes of a run are told, so this
 * goes on; report_count() at the end tells whether there were any.
 */
void report(const struct origin *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same for a place that is only a file and a line (0: none). */
void report_at(const char *file, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

unsigned int report_count(void);

#endif
