/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "conf/value.h"
#include "gen/gen.h"

/* A word that starts a line with a dot or an apostrophe would be a request to troff. */
static void print_text(const char *s)
{
	if (*s == '.' || *s == '\'')
		printf("\\&");
	for (; *s; s++) {
		if (*s == '\\')
			printf("\\e");
		else if (*s == '-')
			printf("\\-");
		else
			putchar(*s);
	}
	putchar('\n');
}

/* One entry in mdoc(7): name, help, form with bounds, default, and who may give it how often. */
static void print_key(const struct key *k)
{
	char wanted[512];
	struct strbuf b;

	strbuf_init(&b, wanted, sizeof(wanted));
	strbuf_add(&b, "Value: ");
	value_add_wanted(k, &b);
	printf(".It Sy %s Ns =\n", k->name);
	print_text(k->help);
	printf(".br\n");
	strbuf_add(&b, ".");
	print_text(wanted);
	if (*k->def)
		printf("Default: %s.\n", k->def);
	if (k->flags & KEY_NEED)
		printf("Must be given.\n");
	if (k->flags & KEY_REPEAT)
		printf("May be given several times; each adds to the list.\n");
	if (k->flags & KEY_BUILD)
		printf("Read where the image is built, not in a table.\n");
	if (k->flags & KEY_MENU)
		printf("Can be set in menuconfig.\n");
}

int gen_doc(int argc, char **argv)
{
	bool system = argc == 2 && !strcmp(argv[1], "system");
	const struct key *keys;
	unsigned int n;

	if (argc != 2 || (!system && strcmp(argv[1], "keys") != 0)) {
		fprintf(stderr, "jail-gen doc: wanted keys or system, found %s\n",
			argc > 1 ? argv[1] : "nothing");
		return GEN_USAGE;
	}
	keys = system ? system_keys(&n) : service_keys(&n);
	printf(".Bl -tag -width Ds\n");
	for (unsigned int i = 0; i < n; i++)
		print_key(&keys[i]);
	printf(".El\n");
	return GEN_OK;
}
