/* SPDX-License-Identifier: MIT */
#ifndef GEN_APPLIANCE_H
#define GEN_APPLIANCE_H

#include "gen/svc.h"
#include "gen/users.h"

/* Everything that becomes one services.tab. */
struct appliance {
	struct svc_list services;		 /* all files, also those that are not enabled */
	const struct svc *row_svc[SERVICES_MAX]; /* which of them a row of the table is */
	struct config config;
	struct users users;
	struct table table;
	struct origin system_origins[KEYS_MAX];
};

/* The text of keys that no user sets: "" = leave the default. */
struct release {
	const char *version;
	const char *build_time;
};

/*
 * Read @config_path, the names of @root and the .svc files @paths, and make the table of what is
 * enabled: users resolved, automatic uids filled in, rows sorted by name. Mistakes are reported.
 * Returns 0, or -1 if there is no .config to go on with.
 */
int appliance_read(struct appliance *a, const char *config_path, const char *root,
		   const struct release *release, char **paths, int n);
void appliance_free(struct appliance *a);

/*
 * The checks of the table alone (table_check()), and the sum of MemoryMax=; mistakes are reported
 * where they were made.
 */
void appliance_check(const struct appliance *a);

/* Where key @key of [system] came from. */
const struct origin *appliance_system_origin(const struct appliance *a, const char *key);

#endif
