/* SPDX-License-Identifier: MIT */
#ifndef CONF_RECORD_H
#define CONF_RECORD_H

#include "conf/service.h"
#include "conf/table.h"

/*
 * A struct service or struct system_conf, seen the same way: fields described by keys, and a pool
 * of text. The text of the fields lies in the pool in the order of the keys, without gaps, so that
 * equal rows are equal bytes, in whatever order their lines came.
 */
struct record {
	void *base;
	char *pool;
	uint16_t *pool_used;
	uint32_t pool_max;
	const struct key *keys;
	unsigned int n_keys;
};

/* The same for reading only. */
struct view {
	const void *base;
	const char *pool;
	uint32_t pool_used;
	uint32_t pool_max;
};

struct record record_of_service(struct service *s);
struct record record_of_system(struct system_conf *s);
struct view view_of_service(const struct service *s);
struct view view_of_system(const struct system_conf *s);

/* Empty all fields and the pool, then set every key to its default. */
void record_defaults(struct record *r);

/* Empty field number @key, its text included. */
void record_clear(struct record *r, unsigned int key);

/*
 * Put @text behind the text that field number @key already has, and tell where in *@off. The field
 * itself is the caller's to change; the offsets of all others are kept right.
 * Returns 0 or -ENOSPC.
 */
int record_add_text(struct record *r, unsigned int key, const char *text, uint16_t *off);

/* Which keys were given: bit n = key n. */
struct seen {
	uint64_t bits[2];
};

struct setting {
	const char *key;
	const char *value;    /* no blanks around it */
	unsigned int refused; /* enum key_flag: keys that have one of these may not be given here */
	const struct conf_resolver *resolver; /* may be NULL */
};

/*
 * Set one key from text: a REPEAT key adds to what earlier calls with the same @seen gave, any
 * other may be given once; the first call takes the default away. *@key (may be NULL) becomes the
 * key's number, also when the value is wrong, or n_keys if there is no such key.
 * Returns 0 or -EINVAL with @e: "wanted ..., found ...", without file, line and key.
 */
int record_set(struct record *r, const struct setting *set, struct seen *seen, unsigned int *key,
	       struct err *e);

/* The first NEED key that was not given, or NULL. */
const struct key *record_missing(const struct record *r, const struct seen *seen);

/* The number of the key named @name, or n_keys. */
unsigned int record_find_key(const struct record *r, const char *name);

#endif
