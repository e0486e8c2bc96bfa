/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf/table.h"
#include "jailctl/command.h"
#include "jailctl/json.h"

static char value[SERVICE_POOL_MAX];

/* Line @line of the value of key number @key into value[]; false past the last. */
static bool next_value(const struct service *row, unsigned int key, unsigned int line)
{
	return service_print_value(row, key, line, value, sizeof(value)) >= 0;
}

/* A row in the words of services.tab(5): what it says there, and every default. */
static void print_row(const struct service *row)
{
	unsigned int n;
	const struct key *keys = service_keys(&n);

	printf("[service %s]\n", row->name);
	for (unsigned int i = 0; i < n; i++)
		for (unsigned int line = 0;
		     !(keys[i].flags & KEY_BUILD) && next_value(row, i, line); line++)
			printf("%s=%s\n", keys[i].name, value);
}

/*
 * Values are text, as services.tab(5) has them; a key that can be given several times is an array.
 */
static void json_row(const struct service *row)
{
	unsigned int n;
	const struct key *keys = service_keys(&n);

	json_open(NULL, '{');
	json_string("name", row->name);
	json_open("keys", '{');
	for (unsigned int i = 0; i < n; i++) {
		bool repeats = keys[i].flags & KEY_REPEAT;

		if (keys[i].flags & KEY_BUILD)
			continue;
		if (repeats)
			json_open(keys[i].name, '[');
		else if (!next_value(row, i, 0))
			json_string(keys[i].name, "");
		for (unsigned int line = 0; next_value(row, i, line) && (repeats || line == 0);
		     line++)
			json_string(repeats ? NULL : keys[i].name, value);
		if (repeats)
			json_close(']');
	}
	json_close('}');
	json_close('}');
}

int command_inspect(struct call *c)
{
	static struct service row;
	int status = EXIT_OK;

	if (c->output == OUTPUT_JSON) {
		json_open(NULL, '{');
		json_string("apiVersion", "jailinit/1");
		json_open("rows", '[');
	}
	for (unsigned int i = 0; i < c->n_names; i++) {
		struct err e = ERR_NONE;

		if (client_inspect(&c->client, c->names[i], &row, &e))
			status = complain_about(c, c->names[i], &e);
		else if (c->output == OUTPUT_JSON)
			json_row(&row);
		else if (c->output == OUTPUT_NAME)
			puts(row.name);
		else
			print_row(&row);
	}
	if (c->output == OUTPUT_JSON) {
		json_close(']');
		json_close('}');
		json_end();
	}
	return status;
}
