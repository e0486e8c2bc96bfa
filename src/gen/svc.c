/* SPDX-License-Identifier: MIT */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/line.h"
#include "conf/value.h"
#include "gen/file.h"
#include "gen/svc.h"

void svc_add_origin(struct svc *s, const struct origin *o)
{
	s->origins = gen_grow(s->origins, s->n_origins, sizeof(*s->origins));
	s->origins[s->n_origins++] = *o;
}

/* Reading one file. */
struct reader {
	struct svc *s;
	struct record record;
	struct seen seen;
	const struct conf_resolver *resolver;
	char comment[8192]; /* the comment lines since the last key */
	bool at_head;	    /* no key yet */
};

/* How many entries has the list in field @k? 0 for all that are no lists. */
static unsigned int count_entries(const struct service *s, const struct key *k)
{
	uint16_t n[2] = { 0 };

	switch (k->type) {
	case VALUE_STRS:
	case VALUE_NAMES:
	case VALUE_DEPENDS:
	case VALUE_BINDS: /* struct strlist: offset, n */
		memcpy(n, (const char *)s + k->offset, sizeof(n));
		return n[1];
	case VALUE_EXECS:
	case VALUE_LISTENS:
	case VALUE_DEVICES: /* n comes first */
		memcpy(n, (const char *)s + k->offset, sizeof(n[0]));
		return n[0];
	default:
		return 0;
	}
}

/* The comment so far is the file's help, or the reason for @key. */
static void keep_comment(struct reader *r, unsigned int key)
{
	if (r->at_head && *r->comment)
		r->s->help = gen_strdup(r->comment);
	else if (key < KEYS_MAX && *r->comment && !r->s->why[key])
		r->s->why[key] = gen_strdup(r->comment);
	r->at_head = r->at_head && !*r->comment && key == KEYS_MAX;
	r->comment[0] = '\0';
}

static void take_comment(struct reader *r, const char *text, unsigned int line)
{
	size_t n = strlen(r->comment);

	text += strspn(text, "# ");
	if (str_starts(text, "SPDX-License-Identifier:"))
		return;
	if (!strcmp(text, "default: y") || !strcmp(text, "default: n"))
		r->s->default_on = text[strlen("default: ")] == 'y';
	else if (str_starts(text, "default:"))
		report_at(r->s->path, line,
			  "wanted '# default: y' or '# default: n', found '# %.48s'", text);
	else
		snprintf(r->comment + n, sizeof(r->comment) - n, "%s%s", n ? " " : "", text);
}

static void take_key(struct reader *r, const struct line *l)
{
	struct setting set = { .key = l->key, .value = l->value, .resolver = r->resolver };
	struct origin o = { .file = r->s->path, .line = l->number };
	struct err e = ERR_NONE;
	unsigned int key, before;

	key = record_find_key(&r->record, l->key);
	before = key < r->record.n_keys ? count_entries(&r->s->row, &r->record.keys[key]) : 0;
	/* The first line takes the default's entries away. */
	if (key < r->record.n_keys && !(r->seen.bits[key / 64] >> key % 64 & 1))
		before = 0;
	keep_comment(r, key);
	o.key = key;
	o.entry = before;
	snprintf(o.what, sizeof(o.what), "%.60s=", l->key);
	svc_add_origin(r->s, &o);
	if (record_set(&r->record, &set, &r->seen, NULL, &e)) {
		report(&o, "%s (in [service %s])", e.text, r->s->row.name);
		r->s->broken = true;
	}
}

static void take_line(struct reader *r, const struct line *l)
{
	if (l->kind == LINE_SECTION) {
		report_at(r->s->path, l->number, "wanted Key=value, found a [section]");
		r->s->broken = true;
	} else if (l->kind == LINE_KEY) {
		take_key(r, l);
	} else if (l->text[0] == '#') {
		take_comment(r, l->text, l->number);
	} else {
		keep_comment(r, KEYS_MAX);
	}
}

static void read_lines(struct reader *r, const char *text, size_t len)
{
	struct line_reader lines;
	const struct key *missing;
	struct err e = ERR_NONE;
	struct line l;
	int rc;

	line_reader_init(&lines, text, len);
	while ((rc = line_next(&lines, &l, &e))) {
		if (rc < 0) {
			report_at(r->s->path, l.number, "%s", e.text);
			r->s->broken = true;
		} else {
			take_line(r, &l);
		}
	}
	missing = record_missing(&r->record, &r->seen);
	if (missing) {
		report_at(r->s->path, 0, "%s=: wanted, not found", missing->name);
		r->s->broken = true;
	}
}

/* NAME of .../NAME.svc into row.name. */
static bool name_from_path(struct svc *s)
{
	char path[4096], *name;

	if (str_copy(path, sizeof(path), s->path))
		return false;
	name = basename(path);
	if (!str_ends(name, ".svc"))
		return false;
	name[strlen(name) - strlen(".svc")] = '\0';
	return value_is_name(name) && !str_copy(s->row.name, sizeof(s->row.name), name);
}

static void read_one(struct svc *s, const char *path, const struct conf_resolver *resolver)
{
	struct reader r = { .s = s, .resolver = resolver, .at_head = true };
	struct err e = ERR_NONE;
	size_t len;
	char *text;

	*s = (struct svc){ .path = path, .default_on = true, .broken = true };
	service_defaults(&s->row);
	if (!name_from_path(s)) {
		report_at(path, 0,
			  "wanted NAME.svc with a NAME of a-z, 0-9, _ and -, at most 31 long");
		return;
	}
	config_name(s->symbol, sizeof(s->symbol), "SVC", s->row.name);
	text = file_read(path, &len, &e);
	if (!text) {
		report_at(path, 0, "%s", e.text);
		return;
	}
	s->broken = false;
	r.record = record_of_service(&s->row);
	read_lines(&r, text, len);
	free(text);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct svc *)a)->row.name, ((const struct svc *)b)->row.name);
}

void svc_read_all(struct svc_list *l, char **paths, int n, const struct conf_resolver *resolver)
{
	*l = (struct svc_list){ .svc = gen_alloc((size_t)n, sizeof(*l->svc)),
				.n = (unsigned int)n };
	for (unsigned int i = 0; i < l->n; i++)
		read_one(&l->svc[i], paths[i], resolver);
	qsort(l->svc, l->n, sizeof(*l->svc), by_name);
	for (unsigned int i = 1; i < l->n; i++)
		if (*l->svc[i].row.name && !by_name(&l->svc[i - 1], &l->svc[i])) {
			report_at(l->svc[i].path, 0, "wanted one file per service, found %s too",
				  l->svc[i - 1].path);
			l->svc[i].broken = true;
		}
}

void svc_free_all(struct svc_list *l)
{
	for (unsigned int i = 0; i < l->n; i++) {
		for (unsigned int k = 0; k < KEYS_MAX; k++)
			free(l->svc[i].why[k]);
		free(l->svc[i].help);
		free(l->svc[i].origins);
	}
	free(l->svc);
	*l = (struct svc_list){ 0 };
}

const struct origin *svc_origin(const struct svc *s, const char *key, unsigned int entry)
{
	static struct origin whole;
	const struct origin *found = NULL;
	unsigned int n, number = 0;
	const struct key *keys = service_keys(&n);

	while (number < n && strcmp(keys[number].name, key) != 0)
		number++;
	for (unsigned int i = 0; i < s->n_origins; i++)
		if (s->origins[i].key == number && s->origins[i].entry <= entry)
			found = &s->origins[i];
	if (found)
		return found;
	whole = (struct origin){ .file = s->path };
	snprintf(whole.what, sizeof(whole.what), "%s%s", key, *key ? "=" : "");
	return &whole;
}
