/* SPDX-License-Identifier: MIT */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "base/str.h"
#include "conf/record.h"

/* clang-format off */
/* The types of keys.def at run time: one row of functions per TYPE word. */
enum value_id {
	VALUE_STR, VALUE_PATH, VALUE_NAME, VALUE_STRS, VALUE_NAMES, VALUE_DEPENDS, VALUE_BINDS,
	VALUE_EXEC, VALUE_EXECS, VALUE_BOOL, VALUE_NUM, VALUE_SNUM, VALUE_MSEC, VALUE_SIZE,
	VALUE_LIMIT, VALUE_PERCENT, VALUE_MODE, VALUE_SIGNAL, VALUE_CAPS, VALUE_NAMESPACES, VALUE_USER,
	VALUE_LISTENS, VALUE_DEVICES, VALUE_ENUM_type, VALUE_ENUM_duty, VALUE_ENUM_restart,
	VALUE_ENUM_network, VALUE_ENUM_overflow,
	VALUE_IDS
};
/* clang-format on */

/* What a value is parsed into. */
struct target {
	struct record *record;
	const struct key *key;
	unsigned int number; /* of the key */
	void *field;
	const struct conf_resolver *resolver;
};

struct value_type {
	const char *name;	  /* TYPE in keys.def */
	const char *form;	  /* what the text looks like; in messages after "wanted" */
	const char *const *names; /* enums: their texts */

	/* Set (or, where it is a list, add to) the field. Returns 0 or -errno with @e. */
	int (*parse)(const struct target *t, const char *text, struct err *e);

	/* Append line number @line of the field's text. Returns 0, or -ENOENT past the last. */
	int (*print)(const struct view *v, const struct key *k, unsigned int line,
		     struct strbuf *b);

	/* Could parse() have made this? For a field that came from another process. */
	bool (*valid)(const struct view *v, const struct key *k);

	/* The field's @i-th offset of text, NULL past the last; NULL: the type has no text. */
	uint16_t *(*text)(void *field, unsigned int i);

	/* Append a bound in the form of the type; NULL: the type has no bounds. */
	void (*bound)(uint64_t value, struct strbuf *b);
};

extern const struct value_type value_types[VALUE_IDS];

static inline const struct value_type *value_type(const struct key *k)
{
	return &value_types[k->type];
}

/* Append what a value of @k has to look like: form, and bounds or names. */
void value_add_wanted(const struct key *k, struct strbuf *b);

/* Fill @e with "wanted ..., found '@found'" for key @k. Returns -EINVAL. */
int value_refuse(const struct key *k, const char *found, struct err *e);

/* The text at @off of a record, or NULL if it is not wholly inside. */
const char *value_text_at(const struct view *v, uint16_t off);

/* The rules of PATH and NAME. */
bool value_is_path(const char *s);
bool value_is_name(const char *s);

/* The rows of value_types that live in other files, one set per file. */
/* clang-format off */
#define VALUE_FUNCTIONS(x) \
	int value_parse_##x(const struct target *t, const char *text, struct err *e); \
	int value_print_##x(const struct view *v, const struct key *k, unsigned int line, \
			    struct strbuf *b); \
	bool value_valid_##x(const struct view *v, const struct key *k)
/* clang-format on */

VALUE_FUNCTIONS(str);
VALUE_FUNCTIONS(path);
VALUE_FUNCTIONS(name);
VALUE_FUNCTIONS(strs);
VALUE_FUNCTIONS(names);
VALUE_FUNCTIONS(binds);
VALUE_FUNCTIONS(exec);
VALUE_FUNCTIONS(execs);
VALUE_FUNCTIONS(bool);
VALUE_FUNCTIONS(enum);
VALUE_FUNCTIONS(num);
VALUE_FUNCTIONS(snum);
VALUE_FUNCTIONS(msec);
VALUE_FUNCTIONS(size);
VALUE_FUNCTIONS(limit);
VALUE_FUNCTIONS(percent);
VALUE_FUNCTIONS(mode);
VALUE_FUNCTIONS(signal);
VALUE_FUNCTIONS(caps);
VALUE_FUNCTIONS(namespaces);
VALUE_FUNCTIONS(user);
VALUE_FUNCTIONS(listens);
VALUE_FUNCTIONS(devices);
#undef VALUE_FUNCTIONS

void value_bound_number(uint64_t value, struct strbuf *b);
void value_bound_signed(uint64_t value, struct strbuf *b);
void value_bound_size(uint64_t value, struct strbuf *b);
void value_bound_span(uint64_t value, struct strbuf *b);
void value_bound_percent(uint64_t value, struct strbuf *b);

uint16_t *value_text_str(void *field, unsigned int i);
uint16_t *value_text_list(void *field, unsigned int i);
uint16_t *value_text_execs(void *field, unsigned int i);
uint16_t *value_text_devices(void *field, unsigned int i);

#endif
