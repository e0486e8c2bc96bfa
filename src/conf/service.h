/* SPDX-License-Identifier: MIT */
#ifndef CONF_SERVICE_H
#define CONF_SERVICE_H

#include <stddef.h>

#include "conf/types.h"

/*
 * One row of the table: what a service IS. Fixed size, no pointers, the same bytes in every
 * process.
 */
struct service {
	char name[SERVICE_NAME_MAX];
#define KEY(Name, field, TYPE, def, min, max, flags, help) CTYPE_##TYPE field;
#include "conf/keys.def"
#undef KEY
	uint16_t pool_used;
	char pool[SERVICE_POOL_MAX]; /* pool[0] is always NUL */
};

/* The [system] section. */
struct system_conf {
#define KEY(Name, field, TYPE, def, min, max, flags, help) CTYPE_##TYPE field;
#include "conf/system.def"
#undef KEY
	uint16_t pool_used;
	char pool[SYSTEM_POOL_MAX];
};

/* The text at pool offset @off of a row or of [system] ("" for 0). Lives as long as the record. */
static inline const char *service_str(const struct service *s, uint16_t off)
{
	return off < SERVICE_POOL_MAX ? s->pool + off : "";
}

static inline const char *system_str(const struct system_conf *s, uint16_t off)
{
	return off < SYSTEM_POOL_MAX ? s->pool + off : "";
}

/*
 * The next string of list @l: pass NULL first, then the last result; NULL at the end. A record from
 * outside must have passed service_valid() before.
 */
const char *service_list_next(const struct service *s, struct strlist l, const char *last);

/*
 * Is a record that came over a pipe, socket or memfd sound: every offset and list inside the pool,
 * all text terminated, enums and numbers in their bounds? PID 1's own records are, but who reads
 * one does not trust it.
 */
bool service_valid(const struct service *s);

#endif
