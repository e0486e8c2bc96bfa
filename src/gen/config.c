/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "gen/config.h"
#include "gen/file.h"
#include "gen/report.h"

static void add_symbol(struct config *c, const char *name, const char *value, unsigned int line)
{
	c->symbols = gen_grow(c->symbols, c->n, sizeof(*c->symbols));
	c->symbols[c->n++] = (struct config_symbol){ name, value, line };
}

/* "text" with \" and \\ inside, in place. Returns NULL if it is not closed. */
static char *unquote(char *s)
{
	char *out = s + 1, *start = out;

	for (char *p = s + 1; *p; p++) {
		if (*p == '"')
			return p[1] ? NULL : (*out = '\0', start);
		if (*p == '\\' && p[1])
			p++;
		*out++ = *p;
	}
	return NULL;
}

static void take_line(struct config *c, char *line, unsigned int number)
{
	static const char unset[] = " is not set";
	char *equals = strchr(line, '='), *value;

	if (str_starts(line, "# CONFIG_") && str_ends(line, unset)) {
		line[strlen(line) - strlen(unset)] = '\0';
		add_symbol(c, line + strlen("# CONFIG_"), "n", number);
		return;
	}
	if (!*line || *line == '#')
		return;
	if (!str_starts(line, "CONFIG_") || !equals) {
		report_at(c->file, number, "wanted CONFIG_NAME=value, found '%.48s'", line);
		return;
	}
	*equals = '\0';
	value = equals[1] == '"' ? unquote(equals + 1) : equals + 1;
	if (!value)
		report_at(c->file, number,
			  "%s: wanted text in \"\", found a quote that is not closed", line);
	else
		add_symbol(c, line + strlen("CONFIG_"), value, number);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct config_symbol *)a)->name,
		      ((const struct config_symbol *)b)->name);
}

int config_read(struct config *c, const char *path)
{
	struct err e = ERR_NONE;
	unsigned int number = 0;
	size_t len;

	*c = (struct config){ .file = path };
	c->text = file_read(path, &len, &e);
	if (!c->text) {
		report_at(path, 0, "%s", e.text);
		return -1;
	}
	for (char *line = c->text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		take_line(c, line, ++number);
	}
	if (c->n)
		qsort(c->symbols, c->n, sizeof(*c->symbols), by_name);
	return 0;
}

void config_free(struct config *c)
{
	free(c->text);
	free(c->symbols);
	*c = (struct config){ 0 };
}

const struct config_symbol *config_find(const struct config *c, const char *name)
{
	const struct config_symbol wanted = { .name = name };

	return c->n ? bsearch(&wanted, c->symbols, c->n, sizeof(*c->symbols), by_name) : NULL;
}

bool config_is_on(const struct config *c, const char *name)
{
	const struct config_symbol *s = config_find(c, name);

	return s && (!strcmp(s->value, "y") || !strcmp(s->value, "m"));
}

/* Does a word of a key begin at @p: "Max" in MemoryMax, "Quota" in CPUQuota? */
static bool starts_word(const char *key, const char *p)
{
	if (p == key || !isupper((unsigned char)*p))
		return false;
	return !isupper((unsigned char)p[-1]) || islower((unsigned char)p[1]);
}

void config_name(char *buf, unsigned int size, const char *prefix, const char *key)
{
	struct strbuf b;

	strbuf_init(&b, buf, size);
	strbuf_addf(&b, "%s_", prefix);
	for (const char *p = key; *p; p++) {
		char c = (char)(*p == '-' ? '_' : toupper((unsigned char)*p));

		if (starts_word(key, p))
			strbuf_add(&b, "_");
		strbuf_addn(&b, &c, 1);
	}
}
