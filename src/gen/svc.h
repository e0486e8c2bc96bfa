/* SPDX-License-Identifier: MIT */
#ifndef GEN_SVC_H
#define GEN_SVC_H

#include "conf/table.h"
#include "gen/config.h"
#include "gen/report.h"

#define KEYS_MAX 128 /* more than there are rows in keys.def */

/* One NAME.svc, and what became of it. */
struct svc {
	const char *path;
	char symbol[64];	/* SVC_NAME */
	struct service row;	/* defaults, then the file, then .config */
	bool broken;		/* a mistake was reported: row is not to be relied upon */
	bool enabled;		/* by .config */
	bool default_on;	/* "# default: y" or n */
	struct origin *origins; /* in the order of their lines */
	unsigned int n_origins;
	char *help;	     /* the comment at its head */
	char *why[KEYS_MAX]; /* the comment above a key, or NULL */
};

struct svc_list {
	struct svc *svc;
	unsigned int n;
};

/*
 * Read the files @paths into @l, sorted by name. Mistakes are reported; a row with one is kept as
 * broken. @resolver (may be NULL) knows the names of User= and Group=.
 */
void svc_read_all(struct svc_list *l, char **paths, int n, const struct conf_resolver *resolver);
void svc_free_all(struct svc_list *l);

/* Put the symbols of @c over the rows, and set enabled. Mistakes are reported. */
void svc_merge_config(struct svc_list *l, const struct config *c,
		      const struct conf_resolver *resolver);

void svc_add_origin(struct svc *s, const struct origin *o);

/*
 * Where entry number @entry of key @key came from; never NULL (then the file as a whole is meant).
 */
const struct origin *svc_origin(const struct svc *s, const char *key, unsigned int entry);

#endif
