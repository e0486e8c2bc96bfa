/* SPDX-License-Identifier: MIT */
#ifndef GEN_USERS_H
#define GEN_USERS_H

#include "conf/table.h"

/* Takes every name: for commands that run before there is a firmware to ask. */
extern const struct conf_resolver users_any;

/* The names of the staged root's etc/passwd and etc/group. */
struct users {
	char *passwd, *group; /* the files, "" where there is none */
	struct conf_resolver resolver;
};

/*
 * Read them from below @root. What is wrong is reported. @u must stay where it is: the resolver
 * points to it.
 */
void users_read(struct users *u, const char *root);
void users_free(struct users *u);

#endif
