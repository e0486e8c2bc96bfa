/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "jailctl/command.h"
#include "jailctl/terminal.h"

#ifndef JAILINIT_VERSION
#define JAILINIT_VERSION "unknown"
#endif

#define ANY_NUMBER SERVICES_MAX

struct command {
	const char *name;
	const char *arguments;
	const char *help;
	unsigned int options; /* enum option bits that it takes */
	unsigned int names_min;
	unsigned int names_max;
	int (*run)(struct call *c); /* NULL: needs no PID 1 */
};

static const struct command commands[] = {
	{ "list", "[-o FORMAT] [--no-headers]", "all services, a line for each",
	  OPTION_OUTPUT | OPTION_NO_HEADERS, 0, 0, command_list },
	{ "status", "[-o FORMAT] NAME...",
	  "more about a service; exit status 0 running, 3 not, 4 unknown", OPTION_OUTPUT, 1,
	  ANY_NUMBER, command_status },
	{ "start", "[--no-wait] NAME...", "start it, and say how that went", OPTION_NO_WAIT, 1,
	  ANY_NUMBER, command_change },
	{ "stop", "[--no-wait] NAME...", "stop it, and keep it stopped", OPTION_NO_WAIT, 1,
	  ANY_NUMBER, command_change },
	{ "restart", "[--no-wait] NAME...", "stop it if it runs, then start it", OPTION_NO_WAIT, 1,
	  ANY_NUMBER, command_change },
	{ "logs", "[-f] [-n LINES] [--no-time] NAME", "what it printed; -f goes on with what comes",
	  OPTION_FOLLOW | OPTION_LINES | OPTION_NO_TIME, 1, 1, command_logs },
	{ "inspect", "[-o FORMAT] NAME...", "its row of the table, as PID 1 holds it",
	  OPTION_OUTPUT, 1, ANY_NUMBER, command_inspect },
	{ "verify", "[-o FORMAT] [--no-headers] [NAME...]",
	  "what its row declares beside what the kernel says of its jail; all that run if none is "
	  "named",
	  OPTION_OUTPUT | OPTION_NO_HEADERS, 0, ANY_NUMBER, command_verify },
	{ "reboot", "", "stop all services in order, then reboot", 0, 0, 0, command_machine },
	{ "poweroff", "", "stop all services in order, then power off", 0, 0, 0, command_machine },
	{ "help", "[COMMAND]", "this, or more about a command", 0, 0, 1, NULL },
	{ "version", "", "the version of jailctl", 0, 0, 0, NULL },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Words that people bring from elsewhere. */
static const char *const synonyms[][2] = {
	{ "ps", "list" }, { "ls", "list" }, { "log", "logs" }, { "halt", "poweroff" }
};

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++)
		if (strcmp(name, synonyms[i][0]) == 0)
			name = synonyms[i][1];
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

static int usage(const struct command *cmd, const char *fmt, const char *what)
{
	fputs("jailctl: ", stderr);
	fprintf(stderr, fmt, what);
	if (cmd)
		fprintf(stderr, "\nusage: jailctl %s %s\n", cmd->name, cmd->arguments);
	else
		fputs("; `jailctl help` lists the commands\n", stderr);
	return EXIT_USAGE;
}

static void help_all(void)
{
	fputs("usage: jailctl COMMAND [OPTIONS] [NAME...]\n\n", stdout);
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-10s%s\n", commands[i].name, commands[i].help);
	fputs("\nFORMAT is table, json or name. `jailctl help COMMAND` tells its options.\n",
	      stdout);
}

static int help(const struct call *c)
{
	const struct command *cmd = c->n_names ? command_find(c->names[0]) : NULL;

	if (c->n_names && !cmd)
		return usage(NULL, "there is no command %s", c->names[0]);
	if (!cmd) {
		help_all();
		return EXIT_OK;
	}
	printf("usage: jailctl %s %s\n%s\n", cmd->name, cmd->arguments, cmd->help);
	if (cmd->options & OPTION_OUTPUT)
		fputs("  -o FORMAT     table (for people), json (for programs) or name (names "
		      "only)\n",
		      stdout);
	if (cmd->options & OPTION_NO_HEADERS)
		fputs("  --no-headers  no line that names the columns\n", stdout);
	if (cmd->options & OPTION_NO_WAIT)
		fputs("  --no-wait     do not wait for the outcome\n", stdout);
	if (cmd->options & OPTION_FOLLOW)
		fputs("  -f            go on with new output, until Ctrl-C\n"
		      "  -n LINES      only the last LINES lines\n"
		      "  --no-time     without the time before each line\n",
		      stdout);
	return EXIT_OK;
}

static bool output_parse(const char *text, enum output *output)
{
	static const char *const names[] = { "table", "json", "name" };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*output = (enum output)i;
			return true;
		}
	}
	return false;
}

/* The option that @arg is, with its value in *@value if it has one at once; 0: none of ours. */
static unsigned int option_parse(const char *arg, const char **value)
{
	static const struct {
		const char *text;
		unsigned int bit;
		bool has_value;
	} options[] = {
		{ "-o", OPTION_OUTPUT, true },
		{ "-n", OPTION_LINES, true },
		{ "-f", OPTION_FOLLOW, false },
		{ "--follow", OPTION_FOLLOW, false },
		{ "--no-headers", OPTION_NO_HEADERS, false },
		{ "--no-time", OPTION_NO_TIME, false },
		{ "--no-wait", OPTION_NO_WAIT, false },
	};

	*value = NULL;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(arg, options[i].text) == 0) {
			*value = options[i].has_value ? "" : NULL;
			return options[i].bit;
		}
		if (options[i].has_value && str_starts(arg, options[i].text)) {
			*value = arg + 2;
			return options[i].bit;
		}
	}
	return 0;
}

/*
 * Take the words after the command apart: options into @c, names to the front of @args. Returns 0
 * or EXIT_USAGE.
 */
static int arguments_parse(struct call *c, const struct command *cmd, int n, char **args)
{
	bool only_names = false;

	c->names = args;
	for (int i = 0; i < n; i++) {
		const char *value;
		unsigned int bit;

		if (only_names || args[i][0] != '-' || !args[i][1]) {
			c->names[c->n_names++] = args[i];
			continue;
		}
		if (strcmp(args[i], "--") == 0) {
			only_names = true;
			continue;
		}
		bit = option_parse(args[i], &value);
		if (!(bit & cmd->options))
			return usage(cmd,
				     bit ? "%s is not for this command" : "there is no option %s",
				     args[i]);
		c->options |= bit;
		if (!value)
			continue;
		if (!*value) {
			if (++i == n)
				return usage(cmd, "%s wants a value", args[i - 1]);
			value = args[i];
		}
		if (bit == OPTION_OUTPUT && !output_parse(value, &c->output))
			return usage(cmd, "-o: wanted table, json or name, found %s", value);
		if (bit == OPTION_LINES && num_parse_u64(value, 0, UINT32_MAX, &c->lines))
			return usage(cmd, "-n: wanted a number of lines, found %s", value);
	}
	if (c->n_names < cmd->names_min)
		return usage(cmd, "%s wants the name of a service", cmd->name);
	if (c->n_names > cmd->names_max)
		return usage(cmd,
			     cmd->names_max ? "too many names: %s"
					    : "%s is more than this command takes",
			     c->names[cmd->names_max]);
	return 0;
}

static int run(int argc, char **argv)
{
	struct call c = { .client.fd = -1 };
	struct err e = ERR_NONE;
	const struct command *cmd;
	const char *name = argc > 1 ? argv[1] : "help";
	int rc;

	if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0)
		name = "help";
	if (strcmp(name, "--version") == 0)
		name = "version";
	cmd = command_find(name);
	if (!cmd)
		return usage(NULL, "there is no command %s", name);
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			c.names = (char *[]){ (char *)(uintptr_t)cmd->name };
			c.n_names = 1;
			return help(&c);
		}
	}
	c.verb = cmd->name;
	rc = arguments_parse(&c, cmd, argc > 2 ? argc - 2 : 0, argv + 2);
	if (rc)
		return rc;
	if (!cmd->run && strcmp(cmd->name, "help") == 0)
		return help(&c);
	if (!cmd->run) {
		puts("jailctl " JAILINIT_VERSION);
		return EXIT_OK;
	}
	if (client_open(&c.client, &e))
		return complain(&e);
	return cmd->run(&c);
}

int main(int argc, char **argv)
{
	int status;

	terminal_detect();
	status = run(argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("jailctl: writing to standard output");
		return status == EXIT_OK ? EXIT_FAILED : status;
	}
	return status;
}
