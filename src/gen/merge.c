/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/line.h"
#include "conf/value.h"
#include "gen/file.h"
#include "gen/merge.h"
#include "gen/svc.h"

/*
 * The text of key @k in @c under @prefix, in the form the table has it, or NULL if the .config does
 * not have it. *@symbol becomes what the user set.
 */
static const char *find_value(const struct config *c, const char *prefix, const struct key *k,
			      const struct config_symbol **symbol)
{
	const struct value_type *type = value_type(k);
	char name[128], choice[128];

	config_name(name, sizeof(name), prefix, k->name);
	for (const char *const *text = type->names; text && *text; text++) {
		config_name(choice, sizeof(choice), name, *text);
		*symbol = config_find(c, choice);
		if (*symbol && !strcmp((*symbol)->value, "y"))
			return *text;
	}
	*symbol = config_find(c, name);
	if (!*symbol)
		return NULL;
	if (k->type != VALUE_BOOL)
		return (*symbol)->value;
	if (!strcmp((*symbol)->value, "y"))
		return "yes";
	return !strcmp((*symbol)->value, "n") ? "no" : (*symbol)->value;
}

bool merge_key(struct record *r, unsigned int key, const struct config *c, const char *prefix,
	       const struct conf_resolver *resolver, struct origin *o)
{
	const struct config_symbol *symbol;
	const char *value = find_value(c, prefix, &r->keys[key], &symbol);
	struct setting set = { .key = r->keys[key].name, .resolver = resolver };
	struct err e = ERR_NONE;
	struct seen seen = { 0 };
	char *copy;
	bool ok;

	if (!value)
		return true;
	*o = (struct origin){ .file = c->file, .line = symbol->line, .key = key };
	snprintf(o->what, sizeof(o->what), "CONFIG_%.70s", symbol->name);
	copy = gen_strdup(value);
	set.value = line_trim(copy);
	ok = !record_set(r, &set, &seen, NULL, &e);
	if (!ok)
		report(o, "%s", e.text);
	free(copy);
	return ok;
}

static void merge_one(struct svc *s, const struct config *c, const struct conf_resolver *resolver)
{
	struct record r = record_of_service(&s->row);

	for (unsigned int key = 0; key < r.n_keys; key++) {
		char was[LINE_MAX_BYTES] = "", is[LINE_MAX_BYTES] = "";
		struct origin o = { 0 };

		if (!(r.keys[key].flags & KEY_MENU))
			continue;
		service_print_value(&s->row, key, 0, was, sizeof(was));
		if (!merge_key(&r, key, c, s->symbol, resolver, &o))
			s->broken = true;
		service_print_value(&s->row, key, 0, is, sizeof(is));
		/* A .config has all symbols: what nobody changed is still the file's doing. */
		if (o.file && strcmp(was, is) != 0)
			svc_add_origin(s, &o);
	}
}

void svc_merge_config(struct svc_list *l, const struct config *c,
		      const struct conf_resolver *resolver)
{
	for (unsigned int i = 0; i < l->n; i++) {
		struct svc *s = &l->svc[i];

		s->enabled = config_is_on(c, s->symbol);
		if (s->enabled)
			merge_one(s, c, resolver);
	}
}
