/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "conf/names.h"
#include "conf/value.h"

/* The types that are one number: no text in the pool, always one line. */

static uint64_t load(const struct view *v, const struct key *k)
{
	const char *field = (const char *)v->base + k->offset;
	uint64_t u64 = 0;
	uint32_t u32;
	uint16_t u16;

	if (k->size == sizeof(u32)) {
		memcpy(&u32, field, sizeof(u32));
		return u32;
	}
	if (k->size == sizeof(u16)) {
		memcpy(&u16, field, sizeof(u16));
		return u16;
	}
	if (k->size == 1)
		return (unsigned char)*field;
	memcpy(&u64, field, sizeof(u64));
	return u64;
}

static int store(const struct target *t, uint64_t value)
{
	uint32_t u32 = (uint32_t)value;
	uint16_t u16 = (uint16_t)value;
	uint8_t u8 = (uint8_t)value;

	switch (t->key->size) {
	case sizeof(u8):
		memcpy(t->field, &u8, sizeof(u8));
		break;
	case sizeof(u16):
		memcpy(t->field, &u16, sizeof(u16));
		break;
	case sizeof(u32):
		memcpy(t->field, &u32, sizeof(u32));
		break;
	default:
		memcpy(t->field, &value, sizeof(value));
	}
	return 0;
}

static bool in_bounds(const struct view *v, const struct key *k)
{
	uint64_t value = load(v, k);

	return value >= (uint64_t)k->min && value <= k->max;
}

int value_parse_bool(const struct target *t, const char *text, struct err *e)
{
	if (!strcmp(text, "yes"))
		return store(t, 1);
	if (!strcmp(text, "no"))
		return store(t, 0);
	return value_refuse(t->key, text, e);
}

int value_print_bool(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	if (line > 0)
		return -ENOENT;
	strbuf_add(b, load(v, k) ? "yes" : "no");
	return 0;
}

bool value_valid_bool(const struct view *v, const struct key *k)
{
	return load(v, k) <= 1;
}

int value_parse_enum(const struct target *t, const char *text, struct err *e)
{
	const char *const *names = value_type(t->key)->names;

	for (unsigned int i = 0; names[i]; i++)
		if (!strcmp(names[i], text))
			return store(t, i);
	return value_refuse(t->key, text, e);
}

int value_print_enum(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	if (line > 0)
		return -ENOENT;
	strbuf_add(b, value_type(k)->names[load(v, k)]);
	return 0;
}

bool value_valid_enum(const struct view *v, const struct key *k)
{
	const char *const *names = value_type(k)->names;
	uint64_t value = load(v, k), n = 0;

	while (names[n])
		n++;
	return value < n;
}

int value_parse_num(const struct target *t, const char *text, struct err *e)
{
	uint64_t value;

	if (num_parse_u64(text, (uint64_t)t->key->min, t->key->max, &value))
		return value_refuse(t->key, text, e);
	return store(t, value);
}

int value_print_num(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	if (line > 0)
		return -ENOENT;
	strbuf_addf(b, "%" PRIu64, load(v, k));
	return 0;
}

bool value_valid_num(const struct view *v, const struct key *k)
{
	return in_bounds(v, k);
}

int value_parse_snum(const struct target *t, const char *text, struct err *e)
{
	int64_t value;

	if (num_parse_s64(text, t->key->min, (int64_t)t->key->max, &value))
		return value_refuse(t->key, text, e);
	return store(t, (uint64_t)value);
}

static int32_t load_signed(const struct view *v, const struct key *k)
{
	return (int32_t)(uint32_t)load(v, k);
}

int value_print_snum(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	if (line > 0)
		return -ENOENT;
	strbuf_addf(b, "%" PRId32, load_signed(v, k));
	return 0;
}

bool value_valid_snum(const struct view *v, const struct key *k)
{
	int32_t value = load_signed(v, k);

	return value >= k->min && value <= (int64_t)k->max;
}

int value_parse_msec(const struct target *t, const char *text, struct err *e)
{
	uint64_t value;

	if (num_parse_span(text, (uint64_t)t->key->min, t->key->max, &value))
		return value_refuse(t->key, text, e);
	return store(t, value);
}

int value_print_msec(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	char text[NUM_TEXT_MAX];

	if (line > 0)
		return -ENOENT;
	strbuf_add(b, num_format_span(load(v, k), text));
	return 0;
}

bool value_valid_msec(const struct view *v, const struct key *k)
{
	return in_bounds(v, k);
}

int value_parse_size(const struct target *t, const char *text, struct err *e)
{
	uint64_t value;

	if (num_parse_size(text, (uint64_t)t->key->min, t->key->max, &value))
		return value_refuse(t->key, text, e);
	return store(t, value);
}

int value_print_size(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	char text[NUM_TEXT_MAX];

	if (line > 0)
		return -ENOENT;
	strbuf_add(b, num_format_size(load(v, k), text));
	return 0;
}

bool value_valid_size(const struct view *v, const struct key *k)
{
	return in_bounds(v, k);
}

int value_parse_limit(const struct target *t, const char *text, struct err *e)
{
	if (!strcmp(text, "infinity"))
		return store(t, LIMIT_INFINITY);
	return value_parse_size(t, text, e);
}

int value_print_limit(const struct view *v, const struct key *k, unsigned int line,
		      struct strbuf *b)
{
	uint64_t value = load(v, k);

	if (line > 0)
		return -ENOENT;
	if (value == LIMIT_INFINITY)
		strbuf_add(b, "infinity");
	else if (value >> 20 && value << 44 == 0)
		return value_print_size(v, k, line, b);
	else /* some limits are no bytes: 1K files would look odd */
		strbuf_addf(b, "%" PRIu64, value);
	return 0;
}

bool value_valid_limit(const struct view *v, const struct key *k)
{
	return load(v, k) == LIMIT_INFINITY || in_bounds(v, k);
}

int value_parse_percent(const struct target *t, const char *text, struct err *e)
{
	char digits[NUM_TEXT_MAX] = "";
	size_t n = strlen(text);
	uint64_t value;

	if (!strcmp(text, "infinity"))
		return store(t, PERCENT_INFINITY);
	if (n > 1 && n < sizeof(digits) && text[n - 1] == '%')
		memcpy(digits, text, n - 1);
	if (num_parse_u64(digits, (uint64_t)t->key->min, t->key->max, &value))
		return value_refuse(t->key, text, e);
	return store(t, value);
}

int value_print_percent(const struct view *v, const struct key *k, unsigned int line,
			struct strbuf *b)
{
	if (line > 0)
		return -ENOENT;
	if (load(v, k) == PERCENT_INFINITY)
		strbuf_add(b, "infinity");
	else
		strbuf_addf(b, "%" PRIu64 "%%", load(v, k));
	return 0;
}

bool value_valid_percent(const struct view *v, const struct key *k)
{
	return load(v, k) == PERCENT_INFINITY || in_bounds(v, k);
}

int value_parse_mode(const struct target *t, const char *text, struct err *e)
{
	uint64_t value;

	if (num_parse_octal(text, 07777, &value))
		return value_refuse(t->key, text, e);
	return store(t, value);
}

int value_print_mode(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	if (line > 0)
		return -ENOENT;
	strbuf_addf(b, "%04" PRIo64, load(v, k));
	return 0;
}

bool value_valid_mode(const struct view *v, const struct key *k)
{
	return load(v, k) <= 07777;
}

int value_parse_signal(const struct target *t, const char *text, struct err *e)
{
	int sig = names_signal_number(text);

	if (sig < 0)
		return value_refuse(t->key, text, e);
	return store(t, (uint64_t)sig);
}

int value_print_signal(const struct view *v, const struct key *k, unsigned int line,
		       struct strbuf *b)
{
	if (line > 0)
		return -ENOENT;
	strbuf_add(b, names_signal((unsigned int)load(v, k)));
	return 0;
}

bool value_valid_signal(const struct view *v, const struct key *k)
{
	return names_signal((unsigned int)load(v, k));
}

int value_parse_caps(const struct target *t, const char *text, struct err *e)
{
	uint64_t caps = 0;
	char word[64];
	int rc;

	while ((rc = str_word(&text, word, sizeof(word))) >= 0) {
		int cap = names_cap_number(word);

		if (cap < 0)
			return value_refuse(t->key, word, e);
		caps |= (uint64_t)1 << cap;
	}
	if (rc != -ENOENT)
		return value_refuse(t->key, text, e);
	return store(t, caps);
}

int value_print_caps(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	uint64_t caps = load(v, k);
	const char *space = "";

	if (line > 0)
		return -ENOENT;
	for (unsigned int i = 0; i < CAPS_COUNT; i++) {
		if (caps >> i & 1) {
			strbuf_addf(b, "%s%s", space, names_cap(i));
			space = " ";
		}
	}
	return 0;
}

bool value_valid_caps(const struct view *v, const struct key *k)
{
	return load(v, k) >> CAPS_COUNT == 0;
}

static uint32_t namespace_bit(const char *name)
{
	const char *known;
	uint32_t bit;

	for (unsigned int i = 0; (known = names_namespace(i, &bit)); i++)
		if (!strcmp(known, name))
			return bit;
	return 0;
}

int value_parse_namespaces(const struct target *t, const char *text, struct err *e)
{
	bool away = *text == '~';
	const char *rest = text + away;
	uint32_t named = 0;
	char word[16];
	int rc;

	if (!strcmp(text, "yes") || !strcmp(text, "no"))
		return store(t, *text == 'y' ? 0 : NAMESPACES_ALL);
	while ((rc = str_word(&rest, word, sizeof(word))) >= 0) {
		uint32_t bit = namespace_bit(word);

		if (!bit)
			break;
		named |= bit;
	}
	if (rc != -ENOENT || !named)
		return value_refuse(t->key, text, e);
	return store(t, away ? NAMESPACES_ALL & ~named : named);
}

int value_print_namespaces(const struct view *v, const struct key *k, unsigned int line,
			   struct strbuf *b)
{
	uint64_t allowed = load(v, k);
	const char *name, *space = "";
	uint32_t bit;

	if (line > 0)
		return -ENOENT;
	if (allowed == 0 || allowed == NAMESPACES_ALL) {
		strbuf_add(b, allowed ? "no" : "yes");
		return 0;
	}
	for (unsigned int i = 0; (name = names_namespace(i, &bit)); i++)
		if (allowed & bit) {
			strbuf_addf(b, "%s%s", space, name);
			space = " ";
		}
	return 0;
}

bool value_valid_namespaces(const struct view *v, const struct key *k)
{
	return !(load(v, k) & ~(uint64_t)NAMESPACES_ALL);
}

int value_parse_user(const struct target *t, const char *text, struct err *e)
{
	bool group = t->key->offset == offsetof(struct service, gid);
	const struct conf_resolver *r = t->resolver;
	bool (*resolve)(void *, const char *, uint32_t *) = !r ? NULL : group ? r->group : r->user;
	uint64_t value;
	uint32_t id;

	if (!*text)
		return store(t, USER_AUTO);
	if (!num_parse_u64(text, 0, USER_AUTO - 1, &value))
		return store(t, value);
	if (!resolve || !resolve(r->ctx, text, &id) || id == USER_AUTO)
		return value_refuse(t->key, text, e);
	return store(t, id);
}

int value_print_user(const struct view *v, const struct key *k, unsigned int line, struct strbuf *b)
{
	if (line > 0)
		return -ENOENT;
	if (load(v, k) != USER_AUTO)
		strbuf_addf(b, "%" PRIu64, load(v, k));
	return 0;
}

/* Every number is a user. */
bool value_valid_user(const struct view *v, const struct key *k)
{
	return load(v, k) <= USER_AUTO;
}

void value_bound_number(uint64_t value, struct strbuf *b)
{
	strbuf_addf(b, "%" PRIu64, value);
}

void value_bound_signed(uint64_t value, struct strbuf *b)
{
	strbuf_addf(b, "%" PRId64, (int64_t)value);
}

void value_bound_size(uint64_t value, struct strbuf *b)
{
	char text[NUM_TEXT_MAX];

	strbuf_add(b, num_format_size(value, text));
}

void value_bound_span(uint64_t value, struct strbuf *b)
{
	char text[NUM_TEXT_MAX];

	strbuf_add(b, num_format_span(value, text));
}

void value_bound_percent(uint64_t value, struct strbuf *b)
{
	strbuf_addf(b, "%" PRIu64 "%%", value);
}
