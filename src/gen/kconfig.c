/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"
#include "gen/file.h"
#include "gen/gen.h"
#include "gen/svc.h"
#include "gen/users.h"
#include "gen/wrap.h"

/*
 * The menus. Only what kconfig-frontends 4.11 knows: no globs, no macros, symbols of type bool and
 * string, choices of bools.
 */

#define HELP_WIDTH  70
#define HELP_INDENT "\t  "

/* All symbols so far, to find two keys that would share one. */
struct symbols {
	char **names;
	unsigned int n;
};

static void add_symbol(struct symbols *all, const char *name, const char *path)
{
	for (unsigned int i = 0; i < all->n; i++) {
		if (!strcmp(all->names[i], name)) {
			report_at(path, 0,
				  "wanted another name for this service: two things would be "
				  "CONFIG_%s",
				  name);
			return;
		}
	}
	all->names = gen_grow(all->names, all->n, sizeof(*all->names));
	all->names[all->n++] = gen_strdup(name);
}

static void print_quoted(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		putchar(*s);
	}
	putchar('"');
}

static void print_help(const struct key *k, const char *why)
{
	char form[512];
	struct strbuf b;

	strbuf_init(&b, form, sizeof(form));
	strbuf_add(&b, "The value is ");
	value_add_wanted(k, &b);
	printf("\thelp\n");
	wrap_print(stdout, HELP_INDENT, HELP_WIDTH, k->help);
	if (k->type != VALUE_BOOL && !value_type(k)->names) {
		printf("\n");
		strbuf_add(&b, ".");
		wrap_print(stdout, HELP_INDENT, HELP_WIDTH, form);
	}
	if (why) {
		printf("\n");
		wrap_print(stdout, HELP_INDENT, HELP_WIDTH, why);
	}
	printf("\n");
}

static void print_choice(struct symbols *all, const struct key *k, const char *symbol,
			 const char *value, const char *why, const char *path)
{
	char choice[128];

	config_name(choice, sizeof(choice), symbol, value);
	printf("choice\n\tprompt \"%s\"\n\tdefault %s\n", k->name, choice);
	print_help(k, why);
	for (const char *const *text = value_type(k)->names; *text; text++) {
		config_name(choice, sizeof(choice), symbol, *text);
		add_symbol(all, choice, path);
		printf("config %s\n\tbool \"%s\"\n\n", choice, *text);
	}
	printf("endchoice\n\n");
}

/* The knob of key @k with @value as its default. */
static void print_knob(struct symbols *all, const struct key *k, const char *prefix,
		       const char *value, const char *why, const char *path)
{
	char symbol[128];

	config_name(symbol, sizeof(symbol), prefix, k->name);
	if (value_type(k)->names) {
		print_choice(all, k, symbol, value, why, path);
		return;
	}
	add_symbol(all, symbol, path);
	printf("config %s\n", symbol);
	if (k->type == VALUE_BOOL) {
		printf("\tbool \"%s\"\n\tdefault %s\n", k->name, strcmp(value, "yes") ? "n" : "y");
	} else {
		printf("\tstring \"%s\"\n\tdefault ", k->name);
		print_quoted(value);
		printf("\n");
	}
	print_help(k, why);
}

static void print_service(struct symbols *all, const struct svc *s)
{
	unsigned int n;
	const struct key *keys = service_keys(&n);
	const char *description = service_str(&s->row, s->row.description);
	char text[LINE_MAX_BYTES];

	add_symbol(all, s->symbol, s->path);
	snprintf(text, sizeof(text), "%s%s%s", s->row.name, *description ? ": " : "", description);
	printf("menuconfig %s\n\tbool ", s->symbol);
	print_quoted(text);
	printf("\n\tdefault %s\n", s->default_on ? "y" : "n");
	if (s->help) {
		printf("\thelp\n");
		wrap_print(stdout, HELP_INDENT, HELP_WIDTH, s->help);
	}
	printf("\nif %s\n\n", s->symbol);
	for (unsigned int k = 0; k < n; k++) {
		if (!(keys[k].flags & KEY_MENU))
			continue;
		if (service_print_value(&s->row, k, 0, text, sizeof(text)) < 0)
			text[0] = '\0';
		print_knob(all, &keys[k], s->symbol, text, s->why[k], s->path);
	}
	printf("endif\n\n");
}

static void print_system(struct symbols *all)
{
	unsigned int n;
	const struct key *keys = system_keys(&n);

	printf("menu \"Machine\"\n\n");
	for (unsigned int k = 0; k < n; k++)
		if (keys[k].flags & KEY_MENU)
			print_knob(all, &keys[k], "SYSTEM", keys[k].def, NULL, "system.def");
	printf("endmenu\n\n");
}

int gen_kconfig(int argc, char **argv)
{
	struct symbols all = { 0 };
	struct svc_list l;

	svc_read_all(&l, argv + 1, argc - 1, &users_any);
	printf("# Made by jail-gen kconfig from the .svc files, keys.def and system.def.\n\n");
	print_system(&all);
	printf("menu \"Services\"\n\n");
	for (unsigned int i = 0; i < l.n; i++)
		if (!l.svc[i].broken)
			print_service(&all, &l.svc[i]);
	printf("endmenu\n");
	for (unsigned int i = 0; i < all.n; i++)
		free(all.names[i]);
	free(all.names);
	svc_free_all(&l);
	return report_count() ? GEN_WRONG : GEN_OK;
}
