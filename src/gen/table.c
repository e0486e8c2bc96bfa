/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/appliance.h"
#include "gen/file.h"
#include "gen/gen.h"
#include "gen/kernel.h"
#include "gen/root.h"
#include "gen/staged.h"

struct options {
	const char *config, *root, *kernel_config, *arch, *out;
	struct release release;
};

/* One appliance per run; a table is half a megabyte, too much for the stack. */
static struct appliance appliance;
static struct table again;
static char text[TABLE_MAX_BYTES + 1];

static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "root", required_argument, NULL, 'r' },
		{ "kernel-config", required_argument, NULL, 'k' },
		{ "arch", required_argument, NULL, 'a' },
		{ "version", required_argument, NULL, 'v' },
		{ "build-time", required_argument, NULL, 'b' },
		{ 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		/* clang-format off */
		switch (opt) {
		case 'c': o->config = optarg; break;
		case 'r': o->root = optarg; break;
		case 'k': o->kernel_config = optarg; break;
		case 'a': o->arch = optarg; break;
		case 'v': o->release.version = optarg; break;
		case 'b': o->release.build_time = optarg; break;
		case 'o': o->out = optarg; break;
		default: return -1;
		}
		/* clang-format on */
	}
	if (!o->config || !o->root || !o->out || !arch_find(o->arch)) {
		fprintf(stderr,
			"jail-gen table: wanted --config FILE, --root DIR, -o FILE and an --arch "
			"of %s\n",
			arch_names());
		return -1;
	}
	return 0;
}

static const struct origin *where(const char *key)
{
	return appliance_system_origin(&appliance, key);
}

static void check_kernel(const char *path)
{
	struct config kernel;

	if (config_read(&kernel, path))
		return;
	kernel_check_system(&kernel, &appliance.table.system, where);
	for (uint32_t i = 0; i < appliance.table.n; i++)
		if (appliance.table.intact[i])
			kernel_check_row(&kernel, appliance.row_svc[i]);
	config_free(&kernel);
}

/* The table as text. Returns its length. */
static size_t print_table(const struct table *t)
{
	size_t len;
	int n;

	n = snprintf(text, sizeof(text), "# Made by jail-gen table. See services.tab(5).\n\n");
	len = (size_t)n;
	n = system_print(&t->system, text + len, sizeof(text) - len);
	for (uint32_t i = 0; n >= 0 && i < t->n; i++) {
		len += (size_t)n;
		if (len + 1 < sizeof(text))
			text[len++] = '\n';
		n = service_print(&t->service[i], text + len, sizeof(text) - len);
	}
	if (n < 0) {
		report_at("services.tab", 0, "wanted at most %d bytes, found more",
			  TABLE_MAX_BYTES);
		return 0;
	}
	return len + (size_t)n;
}

/* What the device will read has to be what was meant here, and it has to like it. */
static void check_again(const struct table *t, size_t len)
{
	struct err e = ERR_NONE;
	char a[SERVICE_POOL_MAX * 2], b[SERVICE_POOL_MAX * 2];

	if (table_parse(&again, "services.tab", text, len, &e) || table_check(&again, &e)) {
		report_at("services.tab", 0, "the device's own parser: %s", e.text);
		return;
	}
	for (uint32_t i = 0; i < t->n; i++) {
		service_print(&t->service[i], a, sizeof(a));
		service_print(&again.service[i], b, sizeof(b));
		if (strcmp(a, b) != 0)
			report_at("services.tab", 0,
				  "wanted [service %s] back as it was written, found another",
				  t->service[i].name);
	}
}

static void write_table(const struct options *o)
{
	struct err e = ERR_NONE;
	size_t len = print_table(&appliance.table);

	if (!report_count())
		check_again(&appliance.table, len);
	if (!report_count() && file_write_atomic(o->out, text, len, &e))
		report_at(o->out, 0, "%s", e.text);
}

int gen_table(int argc, char **argv)
{
	struct options o = { .arch = "x86_64", .release = { "", "" } };

	if (parse_options(argc, argv, &o))
		return GEN_USAGE;
	if (!root_is_there(o.root) ||
	    appliance_read(&appliance, o.config, o.root, &o.release, argv + optind, argc - optind))
		return GEN_WRONG;
	appliance_check(&appliance);
	for (uint32_t i = 0; i < appliance.table.n; i++)
		if (appliance.table.intact[i])
			staged_check(appliance.row_svc[i], o.root, arch_find(o.arch));
	if (o.kernel_config)
		check_kernel(o.kernel_config);
	if (!report_count())
		write_table(&o);
	appliance_free(&appliance);
	return report_count() ? GEN_WRONG : GEN_OK;
}
