/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "conf/record.h"
#include "gen/appliance.h"
#include "gen/merge.h"

static void set_release_key(struct appliance *a, const char *name, const char *value)
{
	struct record r = record_of_system(&a->table.system);
	struct setting set = { .key = name, .value = value };
	struct seen seen = { 0 };
	struct err e = ERR_NONE;

	if (*value && record_set(&r, &set, &seen, NULL, &e))
		report_at("command line", 0, "%s=: %s", name, e.text);
}

static void read_system(struct appliance *a, const struct release *release)
{
	struct record r = record_of_system(&a->table.system);

	system_defaults(&a->table.system);
	a->table.system_ok = true;
	for (unsigned int k = 0; k < r.n_keys; k++) {
		struct origin *o = &a->system_origins[k];

		*o = (struct origin){ .file = a->config.file, .key = k };
		snprintf(o->what, sizeof(o->what), "[system] %s=", r.keys[k].name);
		if (!(r.keys[k].flags & KEY_MENU))
			continue;
		merge_key(&r, k, &a->config, "SYSTEM", NULL, o);
	}
	if (!a->table.system.firmware_device)
		report(appliance_system_origin(a, "FirmwareDevice"),
		       "wanted the block device of the firmware, found none");
	set_release_key(a, "Version", release->version);
	set_release_key(a, "BuildTime", release->build_time);
}

/* The enabled rows in order, with numbers for users. */
static void fill_table(struct appliance *a)
{
	struct table *t = &a->table;

	for (unsigned int i = 0; i < a->services.n; i++) {
		struct svc *s = &a->services.svc[i];
		struct service *row = &s->row;

		if (!s->enabled)
			continue;
		if (t->n == SERVICES_MAX) {
			report_at(s->path, 0, "wanted at most %d services, found one more",
				  SERVICES_MAX);
			return;
		}
		if (row->uid == USER_AUTO)
			row->uid = service_auto_uid(row->name);
		if (row->gid == USER_AUTO)
			row->gid = row->uid;
		a->row_svc[t->n] = s;
		t->intact[t->n] = !s->broken;
		t->service[t->n++] = *row;
	}
	t->system.services = t->n;
}

int appliance_read(struct appliance *a, const char *config_path, const char *root,
		   const struct release *release, char **paths, int n)
{
	memset(a, 0, sizeof(*a));
	if (config_read(&a->config, config_path))
		return -1;
	users_read(&a->users, root);
	svc_read_all(&a->services, paths, n, &a->users.resolver);
	svc_merge_config(&a->services, &a->config, &a->users.resolver);
	read_system(a, release);
	fill_table(a);
	if (!a->table.n)
		report_at(config_path, 0,
			  "wanted at least one service that is enabled, found none");
	return 0;
}

void appliance_free(struct appliance *a)
{
	svc_free_all(&a->services);
	users_free(&a->users);
	config_free(&a->config);
}

const struct origin *appliance_system_origin(const struct appliance *a, const char *key)
{
	unsigned int n, k = 0;
	const struct key *keys = system_keys(&n);

	while (k + 1 < n && strcmp(keys[k].name, key) != 0)
		k++;
	return &a->system_origins[k];
}

static void found(void *ctx, int row, const char *key, const char *text)
{
	const struct appliance *a = ctx;

	if (row < 0)
		report(appliance_system_origin(a, key), "%s", text);
	else
		report(svc_origin(a->row_svc[row], key, UINT32_MAX), "%s (in [service %s])", text,
		       a->table.service[row].name);
}

static void check_memory(const struct appliance *a)
{
	const struct system_conf *s = &a->table.system;
	uint64_t sum = 0, ram = (uint64_t)s->memory_mb << 20;
	char is[NUM_TEXT_MAX], most[NUM_TEXT_MAX];

	for (uint32_t i = 0; i < a->table.n; i++)
		sum += a->table.service[i].memory_max;
	if (s->memory_overcommit == PERCENT_INFINITY || sum <= ram * s->memory_overcommit / 100)
		return;
	report(appliance_system_origin(a, "MemoryMB"),
	       "wanted MemoryMax= of all services within %s (%" PRIu32
	       " MB, MemoryOvercommit=%" PRIu32 "%%), found %s",
	       num_format_size(ram * s->memory_overcommit / 100, most), s->memory_mb,
	       s->memory_overcommit, num_format_size(sum, is));
}

void appliance_check(const struct appliance *a)
{
	struct check_sink sink = { .found = found, .ctx = (void *)(uintptr_t)a };

	table_check_all(&a->table, &sink);
	check_memory(a);
}
