/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "conf/record.h"
#include "conf/value.h"

struct record record_of_service(struct service *s)
{
	struct record r = {
		.base = s, .pool = s->pool, .pool_used = &s->pool_used, .pool_max = SERVICE_POOL_MAX
	};

	r.keys = service_keys(&r.n_keys);
	return r;
}

struct record record_of_system(struct system_conf *s)
{
	struct record r = {
		.base = s, .pool = s->pool, .pool_used = &s->pool_used, .pool_max = SYSTEM_POOL_MAX
	};

	r.keys = system_keys(&r.n_keys);
	return r;
}

struct view view_of_service(const struct service *s)
{
	return (struct view){ s, s->pool, s->pool_used, SERVICE_POOL_MAX };
}

struct view view_of_system(const struct system_conf *s)
{
	return (struct view){ s, s->pool, s->pool_used, SYSTEM_POOL_MAX };
}

static void *field_of(const struct record *r, unsigned int key)
{
	return (char *)r->base + r->keys[key].offset;
}

/* The @i-th offset of text of field number @key, or NULL. */
static uint16_t *text_of(const struct record *r, unsigned int key, unsigned int i)
{
	const struct value_type *type = value_type(&r->keys[key]);

	return type->text ? type->text(field_of(r, key), i) : NULL;
}

/* Where the text of the fields behind @key begins: text of @key ends there. */
static uint16_t end_of_text(const struct record *r, unsigned int key)
{
	while (++key < r->n_keys) {
		uint16_t *off = text_of(r, key, 0);

		if (off)
			return *off;
	}
	return *r->pool_used;
}

/* All text behind field @key has moved by @by bytes. */
static void shift_offsets(const struct record *r, unsigned int key, int by)
{
	while (++key < r->n_keys) {
		uint16_t *off;

		for (unsigned int i = 0; (off = text_of(r, key, i)); i++)
			*off = (uint16_t)(*off + by);
	}
	*r->pool_used = (uint16_t)(*r->pool_used + by);
}

void record_clear(struct record *r, unsigned int key)
{
	uint16_t *first = text_of(r, key, 0);

	if (first) {
		uint16_t start = *first, end = end_of_text(r, key), used = *r->pool_used;

		memmove(r->pool + start, r->pool + end, (size_t)(used - end));
		memset(r->pool + used - (end - start), 0, (size_t)(end - start));
		shift_offsets(r, key, start - end);
	}
	memset(field_of(r, key), 0, r->keys[key].size);
}

int record_add_text(struct record *r, unsigned int key, const char *text, uint16_t *off)
{
	uint16_t at = end_of_text(r, key), used = *r->pool_used;
	size_t n = strlen(text) + 1;

	if (n > r->pool_max - used)
		return -ENOSPC;
	memmove(r->pool + at + n, r->pool + at, (size_t)(used - at));
	memcpy(r->pool + at, text, n);
	shift_offsets(r, key, (int)n);
	*off = at;
	return 0;
}

static bool was_seen(const struct seen *seen, unsigned int key)
{
	return seen->bits[key / 64] >> key % 64 & 1;
}

static int set_value(struct record *r, unsigned int key, const char *value,
		     const struct conf_resolver *resolver, struct err *e)
{
	const struct target t = { .record = r,
				  .key = &r->keys[key],
				  .number = key,
				  .field = field_of(r, key),
				  .resolver = resolver };
	int rc = value_type(t.key)->parse(&t, value, e);

	if (rc == -ENOSPC)
		err_set(e, EINVAL, "wanted at most %u bytes of text in all keys, found more",
			(unsigned int)r->pool_max - 1);
	return rc ? -EINVAL : 0;
}

unsigned int record_find_key(const struct record *r, const char *name)
{
	unsigned int i = 0;

	while (i < r->n_keys && strcmp(r->keys[i].name, name) != 0)
		i++;
	return i;
}

int record_set(struct record *r, const struct setting *set, struct seen *seen, unsigned int *key,
	       struct err *e)
{
	unsigned int i = record_find_key(r, set->key);

	if (key)
		*key = i;
	if (i == r->n_keys)
		return err_set(e, EINVAL, "wanted a key of services.tab(5), found an unknown one");
	if (r->keys[i].flags & set->refused)
		return err_set(e, EINVAL, "wanted only where the image is built, found in a table");
	if (was_seen(seen, i) && !(r->keys[i].flags & KEY_REPEAT))
		return err_set(e, EINVAL, "wanted once, found again");
	if (!was_seen(seen, i))
		record_clear(r, i);
	seen->bits[i / 64] |= (uint64_t)1 << i % 64;
	if (!str_printable(set->value, strlen(set->value)))
		return err_set(e, EINVAL, "wanted printable ASCII, found other bytes");
	if (r->keys[i].flags & KEY_NEED && !*set->value)
		return value_refuse(&r->keys[i], "", e);
	return set_value(r, i, set->value, set->resolver, e);
}

const struct key *record_missing(const struct record *r, const struct seen *seen)
{
	for (unsigned int i = 0; i < r->n_keys; i++)
		if (r->keys[i].flags & KEY_NEED && !was_seen(seen, i))
			return &r->keys[i];
	return NULL;
}

/* The defaults of keys.def are right by its unit test: no error can come up here. */
void record_defaults(struct record *r)
{
	struct err e = ERR_NONE;

	*r->pool_used = 1;
	memset(r->pool, 0, r->pool_max);
	for (unsigned int i = 0; i < r->n_keys; i++) {
		memset(field_of(r, i), 0, r->keys[i].size);
		set_value(r, i, r->keys[i].def, NULL, &e);
	}
}

void service_defaults(struct service *s)
{
	struct record r = record_of_service(s);

	/* Bytes between the fields count too: rows are compared and summed up as bytes. */
	memset(s, 0, sizeof(*s));
	record_defaults(&r);
}

void system_defaults(struct system_conf *s)
{
	struct record r = record_of_system(s);

	memset(s, 0, sizeof(*s));
	record_defaults(&r);
}
