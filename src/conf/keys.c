/* SPDX-License-Identifier: MIT */
#include "conf/value.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* The flags as keys.def writes them. */
enum { MENU = KEY_MENU, BUILD = KEY_BUILD, REPEAT = KEY_REPEAT, NEED = KEY_NEED };

/* clang-format off */
#define KEY(Name, field, TYPE, def_, min_, max_, flags_, help_) { \
	.name = #Name, .def = (def_), .help = (help_), .max = (max_), .min = (min_), \
	.type = VALUE_##TYPE, .flags = (flags_), .offset = offsetof(OWNER, field), \
	.size = sizeof(((OWNER *)0)->field) },
/* clang-format on */

#define OWNER struct service
static const struct key of_service[] = {
#include "conf/keys.def"
};
#undef OWNER

#define OWNER struct system_conf
static const struct key of_system[] = {
#include "conf/system.def"
};
#undef OWNER

_Static_assert(LENGTH(of_service) <= 128, "struct seen has a bit for each key");
_Static_assert(sizeof(struct service) <= UINT16_MAX, "struct key holds offsets in 16 bit");

const struct key *service_keys(unsigned int *n)
{
	*n = LENGTH(of_service);
	return of_service;
}

const struct key *system_keys(unsigned int *n)
{
	*n = LENGTH(of_system);
	return of_system;
}
