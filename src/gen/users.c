/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "gen/file.h"
#include "gen/report.h"
#include "gen/users.h"

static bool any_id(void *ctx, const char *name, uint32_t *id)
{
	*id = 0;
	return !ctx && *name;
}

const struct conf_resolver users_any = { .user = any_id, .group = any_id };

/* The number in the third field of the line of @name, see passwd(5) and group(5). */
static bool find_id(const char *text, const char *name, uint32_t *id)
{
	size_t n = strlen(name);
	char number[NUM_TEXT_MAX];
	uint64_t value;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *field;
		size_t len;

		line += *line == '\n';
		if (strncmp(line, name, n) != 0 || line[n] != ':')
			continue;
		field = line + n + 1;
		field += strcspn(field, ":\n");
		if (*field != ':')
			continue;
		len = strcspn(++field, ":\n");
		if (len >= sizeof(number))
			continue;
		memcpy(number, field, len);
		number[len] = '\0';
		if (num_parse_u64(number, 0, USER_AUTO - 1, &value))
			continue;
		*id = (uint32_t)value;
		return true;
	}
	return false;
}

static bool find_user(void *ctx, const char *name, uint32_t *id)
{
	return find_id(((struct users *)ctx)->passwd, name, id);
}

static bool find_group(void *ctx, const char *name, uint32_t *id)
{
	return find_id(((struct users *)ctx)->group, name, id);
}

/* A root without these files only means that no names are known. */
static char *read_names(const char *root, const char *file)
{
	struct err e = ERR_NONE;
	char path[4096], *text;
	size_t len;

	snprintf(path, sizeof(path), "%s/etc/%s", root, file);
	if (access(path, F_OK) < 0)
		return gen_strdup("");
	text = file_read(path, &len, &e);
	if (text)
		return text;
	report_at(path, 0, "%s", e.text);
	return gen_strdup("");
}

void users_read(struct users *u, const char *root)
{
	u->passwd = read_names(root, "passwd");
	u->group = read_names(root, "group");
	u->resolver = (struct conf_resolver){ .user = find_user, .group = find_group, .ctx = u };
}

void users_free(struct users *u)
{
	free(u->passwd);
	free(u->group);
}
