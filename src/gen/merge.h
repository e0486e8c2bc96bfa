/* SPDX-License-Identifier: MIT */
#ifndef GEN_MERGE_H
#define GEN_MERGE_H

#include "conf/record.h"
#include "gen/config.h"
#include "gen/report.h"

/*
 * If @c has the symbol of key number @key below @prefix ("SVC_WEB", "SYSTEM"), set the key to it
 * and tell in @o where it came from. Returns false if the value is wrong, which is reported.
 */
bool merge_key(struct record *r, unsigned int key, const struct config *c, const char *prefix,
	       const struct conf_resolver *resolver, struct origin *o);

#endif
