/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "conf/enums.h"
#include "conf/value.h"

/* clang-format off */
#define ROW(id, fn, ...) [VALUE_##id] = { .name = #id, .parse = value_parse_##fn, \
	.print = value_print_##fn, .valid = value_valid_##fn, __VA_ARGS__ }
#define ENUM(x) ROW(ENUM_##x, enum, .form = "one of", .names = enum_names_##x)
#define SIZE_FORM "a size (65536, 64K, 4M, 1G)"

const struct value_type value_types[VALUE_IDS] = {
	ROW(STR, str, .form = "text of printable ASCII", .text = value_text_str),
	ROW(PATH, path, .form = "an absolute path (no blank, //, ., .., trailing /, /proc)",
	    .text = value_text_str),
	ROW(NAME, name, .form = "a name of a-z, 0-9, _ and -, at most 31 long",
	    .text = value_text_str),
	ROW(STRS, strs, .form = "words, quoted where they have blanks", .text = value_text_list),
	ROW(NAMES, names, .form = "names of a-z, 0-9, _ and -, at most 31 long",
	    .text = value_text_list),
	ROW(DEPENDS, names, .form = "names of services", .text = value_text_list),
	ROW(BINDS, binds, .form = "SOURCE or SOURCE:TARGET, absolute paths without .. or //",
	    .text = value_text_list),
	ROW(EXEC, exec, .form = "a program and its arguments", .text = value_text_list),
	ROW(EXECS, execs, .form = "a program and its arguments", .text = value_text_execs),
	ROW(BOOL, bool, .form = "yes or no"),
	ROW(NUM, num, .form = "a whole number", .bound = value_bound_number),
	ROW(SNUM, snum, .form = "a whole number", .bound = value_bound_signed),
	ROW(MSEC, msec, .form = "a time (5, 5s, 100ms, 2min, 1h)", .bound = value_bound_span),
	ROW(SIZE, size, .form = SIZE_FORM, .bound = value_bound_size),
	ROW(LIMIT, limit, .form = SIZE_FORM " or infinity", .bound = value_bound_size),
	ROW(PERCENT, percent, .form = "a percentage (20%) or infinity",
	    .bound = value_bound_percent),
	ROW(MODE, mode, .form = "an octal mode of at most 07777"),
	ROW(SIGNAL, signal, .form = "the name of a signal (SIGTERM)"),
	ROW(CAPS, caps, .form = "names of capabilities (CAP_NET_BIND_SERVICE)"),
	ROW(NAMESPACES, namespaces,
	    .form = "yes, no, or names of namespaces (net uts; ~user: all but this)"),
	ROW(USER, user, .form = "a number below 4294967295, or a name the firmware knows"),
	ROW(LISTENS, listens, .form = "PORT, 1.2.3.4:PORT or [1:2::3]:PORT"),
	ROW(DEVICES, devices, .form = "/dev/NODE and r, w or rw", .text = value_text_devices),
	ENUM(type),
	ENUM(duty),
	ENUM(restart),
	ENUM(network),
	ENUM(overflow),
};
/* clang-format on */

void value_add_wanted(const struct key *k, struct strbuf *b)
{
	const struct value_type *type = value_type(k);

	strbuf_add(b, type->form);
	for (const char *const *name = type->names; name && *name; name++)
		strbuf_addf(b, " %s", *name);
	if (type->bound && k->max) {
		strbuf_add(b, ", ");
		type->bound((uint64_t)k->min, b);
		strbuf_add(b, " to ");
		type->bound(k->max, b);
	}
}

int value_refuse(const struct key *k, const char *found, struct err *e)
{
	char wanted[ERR_TEXT_MAX];
	struct strbuf b;

	strbuf_init(&b, wanted, sizeof(wanted));
	value_add_wanted(k, &b);
	return err_set(e, EINVAL, "wanted %s, found '%.48s%s'", wanted, found,
		       strlen(found) > 48 ? "..." : "");
}

const char *value_text_at(const struct view *v, uint16_t off)
{
	if (off >= v->pool_used || v->pool_used > v->pool_max)
		return NULL;
	return memchr(v->pool + off, '\0', v->pool_used - off) ? v->pool + off : NULL;
}
