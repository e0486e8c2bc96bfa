/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "gen/gen.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments;
	const char *help;
} commands[] = {
	{ "kconfig", gen_kconfig, "SVC...", "print the menus of the services and the machine" },
	{ "payload", gen_payload, "--config FILE | --all SVC...",
	  "print packages, programs and files that the services need" },
	{ "table", gen_table,
	  "--config FILE --root DIR [--arch ARCH] [--kernel-config FILE]\n"
	  "          [--version TEXT] [--build-time SECONDS] SVC... -o FILE",
	  "make services.tab and hold it against the staged root" },
	{ "seccomp", gen_seccomp, "--arch ARCH --groups DIR --table TABLE -o DIR | --list ROW",
	  "make the seccomp filter of each row, or list what one allows" },
	{ "views", gen_views, "--root DIR TABLE",
	  "make the skeleton of each jail's root in DIR/views" },
	{ "unit", gen_unit, "--arch ARCH --groups DIR TABLE -o DIR",
	  "write each row as a systemd unit, with what its jail enforces" },
	{ "check", gen_check, "TABLE", "read a table as the device does" },
	{ "doc", gen_doc, "keys | system", "print the reference of the keys, for services.tab(5)" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
	fprintf(out, "jail-gen: from .svc files and .config to a service table\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "jail-gen %s %s\n          %s\n", commands[i].name,
			commands[i].arguments, commands[i].help);
	fprintf(out, "\nExit status: 0 done, 1 the input is wrong (said on stderr), 2 usage. See "
		     "jail-gen(1).\n");
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stderr);
		return GEN_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return GEN_OK;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, argv[1]))
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "jail-gen: wanted a command, found '%s'; jail-gen --help lists them\n",
		argv[1]);
	return GEN_USAGE;
}
