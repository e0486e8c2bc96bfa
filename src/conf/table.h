/* SPDX-License-Identifier: MIT */
#ifndef CONF_TABLE_H
#define CONF_TABLE_H

#include "base/err.h"
#include "conf/service.h"

/* The whole service table as PID 1 holds it (static storage, no pointers). */
struct table {
	struct system_conf system;
	uint32_t n;
	bool damaged;	/* at least one section did not check out; see err */
	bool system_ok; /* [system] was intact; else it is defaults, and FirmwareDevice= as it was read */
	/* Always true unless damaged; then only these may be started, and only with Rescue=yes. */
	bool intact[SERVICES_MAX];
	struct err err; /* the first reason for damaged */
	struct service service[SERVICES_MAX];
};

/*
 * The form of services.tab:
 *	# comment
 *	[system]
 *	Key=value
 *	End=system 0123abcd
 *	[service NAME]
 *	Key=value
 *	End=NAME 89abcdef
 * The number is the CRC-32 (IEEE 802.3, as zlib's) of all bytes from the section's "[" to the
 * newline before "End=".
 *
 * Parse the @len bytes at @text (need not be NUL-terminated) into @t. Strict: an unknown key, a bad
 * value, a key given twice, a line too long, a NUL byte, a wrong or missing End= damages that
 * section; text outside sections, too many rows or a duplicate name damage the table. Goes on with
 * the next section after a damaged one.
 * Returns 0 when everything is sound, else -EINVAL with @e ("FILE:LINE: Key=...: wanted ..., found
 * ..."); @t then holds all that is intact. @file is used in messages only.
 */
int table_parse(struct table *t, const char *file, const char *text, size_t len, struct err *e);

/*
 * Parse `Key=value` lines without header and End= (a .svc file) over the defaults into @s; @name
 * becomes its name. Keys flagged BUILD are allowed here and only here. USER values may be names:
 * resolve() (may be NULL: names are refused) turns them into numbers, returns false if unknown.
 */
struct conf_resolver {
	bool (*user)(void *ctx, const char *name, uint32_t *id);
	bool (*group)(void *ctx, const char *name, uint32_t *id);
	void *ctx;
};
int service_parse(struct service *s, const char *name, const char *file, const char *text,
		  size_t len, const struct conf_resolver *r, struct err *e);

/* Set all keys of @s (or [system]) to their defaults. */
void service_defaults(struct service *s);
void system_defaults(struct system_conf *s);

/* The index of row @name, or -1. */
int table_find(const struct table *t, const char *name);

/*
 * Checks that need no file system, done by jail-gen at build time and again by PID 1 at boot: names
 * in After=, Requires=, SocketFrom= exist; no cycle; ambient within bounding; no two rows with one
 * uid, address and port, StateDirectory or RuntimeDirectory; at most one row per duty;
 * RestartDelayMin <= Max; SocketFrom= names a row with RuntimeDirectory=; fd names fit the
 * sockets... Returns 0 or -EINVAL with the row and key named in @e.
 */
int table_check(const struct table *t, struct err *e);

/*
 * The same, but every mistake is told: @found gets the row (-1: [system]), the key's name ("": the
 * row as a whole) and the text without them. Returns how many there were. table_check() is the
 * first of them.
 */
struct check_sink {
	void (*found)(void *ctx, int row, const char *key, const char *text);
	void *ctx;
};
unsigned int table_check_all(const struct table *t, const struct check_sink *sink);

/*
 * Write row @s as a services.tab section (header to End= line, only keys that differ from their
 * default, BUILD keys never) into @buf of @size. Returns the length, or -ENOSPC. What it writes
 * parses back to the same bytes.
 */
int service_print(const struct service *s, char *buf, size_t size);
int system_print(const struct system_conf *s, char *buf, size_t size);

/*
 * The value of key number @key (order of keys.def) of @s as text. Returns the length, or -ENOSPC.
 * For REPEAT keys of several lines, @line selects one; returns -ENOENT past the last.
 */
int service_print_value(const struct service *s, unsigned int key, unsigned int line, char *buf,
			size_t size);

/* One row of keys.def at run time. */
enum key_flag { KEY_MENU = 1, KEY_BUILD = 2, KEY_REPEAT = 4, KEY_NEED = 8 };
struct key {
	const char *name;
	const char *def;
	const char *help;
	uint64_t max;
	int64_t min;
	uint16_t type;	 /* conf-internal */
	uint16_t flags;	 /* enum key_flag */
	uint16_t offset; /* of the field */
	uint16_t size;
};
const struct key *service_keys(unsigned int *n);
const struct key *system_keys(unsigned int *n);

/* The automatic uid of a service: FNV-1a of its name folded into UID_AUTO_MIN..UID_AUTO_MAX. */
uint32_t service_auto_uid(const char *name);

#endif
