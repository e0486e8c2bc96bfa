/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "conf/value.h"

bool service_valid(const struct service *s)
{
	const struct view v = view_of_service(s);
	unsigned int n;
	const struct key *keys = service_keys(&n);

	if (!memchr(s->name, '\0', sizeof(s->name)) || !value_is_name(s->name))
		return false;
	if (s->pool_used < 1 || s->pool_used > SERVICE_POOL_MAX || s->pool[0] ||
	    s->pool[s->pool_used - 1])
		return false;
	if (!s->exec_start.n)
		return false;
	for (unsigned int i = 0; i < n; i++)
		if (!value_type(&keys[i])->valid(&v, &keys[i]))
			return false;
	return true;
}

const char *service_list_next(const struct service *s, struct strlist l, const char *last)
{
	const char *p = service_str(s, l.off);

	if (!last)
		return l.n ? p : NULL;
	for (unsigned int i = 1; i < l.n; i++) {
		const char *next = p + strlen(p) + 1;

		if (p == last)
			return next;
		p = next;
	}
	return NULL;
}

uint32_t service_auto_uid(const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a, 32 bit */

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return UID_AUTO_MIN + hash % (UID_AUTO_MAX - UID_AUTO_MIN + 1);
}
