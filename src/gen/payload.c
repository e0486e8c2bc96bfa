/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "gen/gen.h"
#include "gen/svc.h"
#include "gen/users.h"

/* One line: what is needed, and where somebody asked for it. */
static void print_need(const struct svc *s, const char *kind, const char *what, const char *key,
		       unsigned int entry)
{
	const struct origin *o = svc_origin(s, key, entry);

	printf("%s %s %s:%u\n", kind, what, o->file, o->line);
}

static void print_list(const struct svc *s, const char *kind, const char *key, struct strlist l)
{
	const char *p = NULL;

	for (unsigned int i = 0; (p = service_list_next(&s->row, l, p)); i++)
		print_need(s, kind, p, key, i);
}

static void print_program(const struct svc *s, const char *key, unsigned int entry,
			  struct strlist argv)
{
	const char *program = service_list_next(&s->row, argv, NULL);

	if (program && !str_starts(program, "jailinit:"))
		print_need(s, "program", program, key, entry);
}

static void print_service(const struct svc *s)
{
	const char *p = NULL;

	while ((p = service_list_next(&s->row, s->row.packages, p)))
		printf("package %s\n", p);
	for (unsigned int i = 0; i < s->row.exec_start_pre.n; i++)
		print_program(s, "ExecStartPre", i, s->row.exec_start_pre.argv[i]);
	print_program(s, "ExecStart", 0, s->row.exec_start);
	print_list(s, "files", "ProgramFiles", s->row.program_files);
	print_list(s, "etc", "EtcFiles", s->row.etc_files);
}

int gen_payload(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "all", no_argument, NULL, 'a' },
		{ 0 },
	};
	struct config c = { 0 };
	struct svc_list l;
	bool all = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == '?')
			return GEN_USAGE;
		if (opt == 'a')
			all = true;
		else if (config_read(&c, optarg))
			return GEN_WRONG;
	}
	if (!all && !c.file) {
		fprintf(stderr, "jail-gen payload: wanted --config FILE or --all, found neither\n");
		return GEN_USAGE;
	}
	svc_read_all(&l, argv + optind, argc - optind, &users_any);
	if (!all)
		svc_merge_config(&l, &c, &users_any);
	for (unsigned int i = 0; i < l.n; i++)
		if (!l.svc[i].broken && (all || l.svc[i].enabled))
			print_service(&l.svc[i]);
	svc_free_all(&l);
	config_free(&c);
	return report_count() ? GEN_WRONG : GEN_OK;
}
