/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "jailctl/command.h"
#include "jailctl/json.h"
#include "jailctl/terminal.h"

static struct ctl_status statuses[SERVICES_MAX];
static struct verify_result result;

static void json_reading(const char *name)
{
	json_open(NULL, '{');
	json_string("name", name);
	json_bool("holds", verify_holds(&result));
	json_number("checks", result.n_checks);
	json_number("failed", result.n_failed);
	if (result.err.num)
		json_string("error", result.err.text);
	else
		json_null("error");
	json_open("compared", '[');
	for (uint32_t i = 0; i < result.n; i++) {
		const struct verify_check *check = &result.check[i];

		json_open(NULL, '{');
		json_string("what", check->what);
		json_string("declared", check->declared);
		json_string("effective", check->effective);
		json_bool("holds", !check->failed);
		json_close('}');
	}
	json_close(']');
	json_close('}');
}

static void print_reading(const char *name, bool headers)
{
	static const char *const head[] = { "WHAT", "HOLDS", "DECLARED", "EFFECTIVE" };
	static struct cells rows[VERIFY_CHECKS_MAX];
	bool holds = verify_holds(&result);

	printf("%s: %s%u of %u checks hold%s\n", name,
	       terminal_paint(holds ? COLOR_GREEN : COLOR_RED), result.n_checks - result.n_failed,
	       result.n_checks, terminal_plain());
	for (uint32_t i = 0; i < result.n; i++) {
		const struct verify_check *check = &result.check[i];
		struct cells *r = &rows[i];

		snprintf(r->at[0], CELL_MAX, "%s", check->what);
		snprintf(r->at[1], CELL_MAX, "%s", check->failed ? "NO" : "yes");
		snprintf(r->at[2], CELL_MAX, "%s", check->declared);
		snprintf(r->at[3], CELL_MAX, "%s", check->effective);
		r->color = check->failed ? COLOR_RED : COLOR_GREEN;
	}
	terminal_table(headers ? head : NULL, rows, result.n, 4, 1);
	if (result.n < result.n_checks)
		printf("and %u more\n", result.n_checks - result.n);
	if (result.err.num)
		printf("not read to the end: %s\n", result.err.text);
}

/* Does the jail of @name hold? Returns an enum exit_status. */
static int verify_one(struct call *c, const char *name)
{
	struct err e = ERR_NONE;

	if (client_verify(&c->client, name, &result, &e))
		return complain_about(c, name, &e);
	if (c->output == OUTPUT_JSON)
		json_reading(name);
	else if (c->output == OUTPUT_TABLE)
		print_reading(name, !(c->options & OPTION_NO_HEADERS));
	else if (!verify_holds(&result))
		puts(name); /* the names are those that somebody has to look at */
	return verify_holds(&result) ? EXIT_OK : EXIT_FAILED;
}

int command_verify(struct call *c)
{
	unsigned int n = 0;
	int status = EXIT_OK;
	struct err e = ERR_NONE;

	if (!c->n_names && client_list(&c->client, statuses, &n, &e))
		return complain(&e);
	if (c->output == OUTPUT_JSON) {
		json_open(NULL, '{');
		json_string("apiVersion", "jailinit/1");
		json_open("services", '[');
	}
	for (unsigned int i = 0; i < c->n_names; i++)
		if (verify_one(c, c->names[i]) != EXIT_OK)
			status = EXIT_FAILED;
	for (unsigned int i = 0; i < n; i++)
		if (statuses[i].state == STATE_RUNNING &&
		    verify_one(c, statuses[i].name) != EXIT_OK)
			status = EXIT_FAILED;
	if (c->output == OUTPUT_JSON) {
		json_close(']');
		json_close('}');
		json_end();
	}
	return status;
}
