/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "gen/elf.h"
#include "gen/file.h"
#include "gen/root.h"
#include "gen/staged.h"

static const struct arch arches[] = {
	{ "x86_64", EM_X86_64, 64, "x86_64-linux-gnu" },
	{ "aarch64", EM_AARCH64, 64, "aarch64-linux-gnu" },
	{ "armv7", EM_ARM, 32, "arm-linux-gnueabihf" },
};

/* Programs of ours that can be a row: they are in the initramfs, beside the launcher. */
static const char *const own_programs[] = { "jail-logd", "jailctl" };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

const struct arch *arch_find(const char *name)
{
	for (size_t i = 0; i < LENGTH(arches); i++)
		if (!strcmp(arches[i].name, name))
			return &arches[i];
	return NULL;
}

const char *arch_names(void)
{
	return "x86_64 aarch64 armv7";
}

/* One program of a row, with all that it pulls in. */
struct closure {
	const char *root;
	const struct arch *arch;
	const struct origin *origin;
	char **seen; /* files without links that were looked at */
	unsigned int n_seen;
};

static bool was_seen(struct closure *c, const char *real)
{
	for (unsigned int i = 0; i < c->n_seen; i++)
		if (!strcmp(c->seen[i], real))
			return true;
	c->seen = gen_grow(c->seen, c->n_seen, sizeof(*c->seen));
	c->seen[c->n_seen++] = gen_strdup(real);
	return false;
}

static void check_file(struct closure *c, const char *path, const char *what, unsigned int depth);

/* $ORIGIN at the start of a run path is the directory of the file, see ld.so(8). */
static void expand_origin(char *out, size_t size, const char *dir, size_t n, const char *real)
{
	static const char *const words[] = { "${ORIGIN}", "$ORIGIN" };
	const char *slash = strrchr(real, '/');

	for (size_t i = 0; i < LENGTH(words); i++) {
		size_t skip = strlen(words[i]);

		if (n >= skip && !strncmp(dir, words[i], skip)) {
			snprintf(out, size, "%.*s%.*s", (int)(slash - real), real, (int)(n - skip),
				 dir + skip);
			return;
		}
	}
	snprintf(out, size, "%.*s", (int)n, dir);
}

static bool is_there(struct closure *c, const char *dir, const char *name)
{
	char path[2 * ROOT_PATH_MAX], real[ROOT_PATH_MAX];
	struct err e = ERR_NONE;
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (root_resolve(c->root, path, true, real, &st, &e) || !S_ISREG(st.st_mode))
		return false;
	check_file(c, path, "library", 1);
	return true;
}

/* Look where ld.so does without a cache: the run path, then the system's directories. */
static void check_library(struct closure *c, const char *name, const char *runpath,
			  const char *real)
{
	char dir[2 * ROOT_PATH_MAX];

	if (strchr(name, '/')) {
		check_file(c, name, "library", 1);
		return;
	}
	for (const char *p = runpath; p && *p; p += *p == ':') {
		size_t n = strcspn(p, ":");

		expand_origin(dir, sizeof(dir), p, n, real);
		p += n;
		if (is_there(c, dir, name))
			return;
	}
	snprintf(dir, sizeof(dir), "/usr/lib/%s", c->arch->triplet);
	if (is_there(c, dir, name) || is_there(c, "/usr/lib", name) ||
	    is_there(c, "/usr/lib64", name))
		return;
	report(c->origin, "wanted library %s of %s in the firmware, found it nowhere", name, real);
}

static void check_elf(struct closure *c, const struct elf_needs *needs, const char *real)
{
	if (needs->machine != c->arch->machine || needs->bits != c->arch->bits) {
		report(c->origin,
		       "wanted a file for %s (machine %u, %u bit), found %s for machine %u, %u bit",
		       c->arch->name, c->arch->machine, c->arch->bits, real, needs->machine,
		       needs->bits);
		return;
	}
	if (needs->interpreter)
		check_file(c, needs->interpreter, "ELF interpreter", 1);
	for (unsigned int i = 0; i < needs->n_needed; i++)
		check_library(c, needs->needed[i], needs->runpath, real);
}

/* "#!PROGRAM [argument]": the program has to be there too. The kernel follows four of these. */
static void check_script(struct closure *c, const char *text, size_t len, const char *real,
			 unsigned int depth)
{
	char line[256], *program;

	if (len < 2 || text[0] != '#' || text[1] != '!') {
		report(c->origin, "wanted an ELF file or a script with #!, found %s", real);
		return;
	}
	snprintf(line, sizeof(line), "%.*s", (int)(len - 2 < 250 ? len - 2 : 250), text + 2);
	line[strcspn(line, "\n")] = '\0';
	program = line + strspn(line, " \t");
	program[strcspn(program, " \t")] = '\0';
	if (depth > 4 || program[0] != '/')
		report(c->origin, "wanted #! with the path of a program in %s, found '%s'", real,
		       program);
	else
		check_file(c, program, "script interpreter", depth + 1);
}

/* @path as a jail sees it; @what it is for the program. */
static void check_file(struct closure *c, const char *path, const char *what, unsigned int depth)
{
	char real[ROOT_PATH_MAX], *data;
	struct elf_needs needs;
	struct err e = ERR_NONE;
	struct stat st;
	size_t len;
	int rc;

	if (root_resolve(c->root, path, true, real, &st, &e)) {
		report(c->origin, "wanted %s '%s' in the firmware, %s", what, path, e.text);
		return;
	}
	if (was_seen(c, real))
		return;
	if (!S_ISREG(st.st_mode) || (strcmp(what, "library") != 0 && !(st.st_mode & S_IXOTH))) {
		report(c->origin, "wanted a file that all may execute, found %s with mode %o", real,
		       st.st_mode);
		return;
	}
	data = root_read(c->root, real, &len, &e);
	if (!data) {
		report(c->origin, "%s: %s", real, e.text);
		return;
	}
	rc = elf_read(data, len, &needs, &e);
	if (rc == -ENOEXEC)
		check_script(c, data, len, real, depth);
	else if (rc)
		report(c->origin, "wanted a program or library, %s in %s", e.text, real);
	else
		check_elf(c, &needs, real);
	free(data);
}

static void check_own_program(const struct origin *o, const char *name)
{
	for (size_t i = 0; i < LENGTH(own_programs); i++)
		if (!strcmp(own_programs[i], name))
			return;
	report(o, "wanted jailinit:jail-logd or jailinit:jailctl, found jailinit:%s", name);
}

static void check_command(const struct svc *s, const char *root, const struct arch *arch,
			  const char *key, unsigned int entry, struct strlist argv)
{
	const char *program = service_list_next(&s->row, argv, NULL);
	struct closure c = { .root = root, .arch = arch, .origin = svc_origin(s, key, entry) };

	if (str_starts(program, "jailinit:"))
		check_own_program(c.origin, program + strlen("jailinit:"));
	else
		check_file(&c, program, "program", 0);
	for (unsigned int i = 0; i < c.n_seen; i++)
		free(c.seen[i]);
	free(c.seen);
}

static void check_etc(const struct svc *s, const char *root)
{
	/* jail-gen views makes these from the table: a file of this name would be another truth. */
	static const char *const made[] = { "/etc/passwd", "/etc/group" };
	char real[ROOT_PATH_MAX];
	struct err e = ERR_NONE;
	const char *p = NULL;
	struct stat st;

	for (unsigned int i = 0; (p = service_list_next(&s->row, s->row.etc_files, p)); i++) {
		const struct origin *o = svc_origin(s, "EtcFiles", i);

		/* Said already by the check of the table. */
		if (!str_starts(p, "/etc/"))
			continue;
		for (size_t k = 0; k < LENGTH(made); k++)
			if (!strcmp(p, made[k]))
				report(o,
				       "wanted files of the firmware, found %s, which is made from "
				       "the table",
				       p);
		if (root_resolve(root, p, false, real, &st, &e))
			report(o, "wanted '%s' in the firmware, %s", p, e.text);
		else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
			report(o, "wanted a file or directory, found '%s' with mode %o", p,
			       st.st_mode);
	}
}

/*
 * A mount point inside another mount has to be in that one's source: the rest is read-only by then.
 */
static void check_nested(const struct svc *s, const char *root, const struct origin *o,
			 const char *target)
{
	char inside[2 * ROOT_PATH_MAX], real[ROOT_PATH_MAX];
	struct err e = ERR_NONE;
	const char *p = NULL;
	struct stat st;

	while ((p = service_list_next(&s->row, s->row.bind_ro, p))) {
		const char *colon = strchr(p, ':');
		size_t n = strlen(colon + 1);

		if (!str_starts(target, colon + 1) || target[n] != '/')
			continue;
		snprintf(inside, sizeof(inside), "%.*s%s", (int)(colon - p), p, target + n);
		if (root_resolve(root, inside, false, real, &st, &e))
			report(o, "wanted '%s' to mount on, inside of '%s', %s", target, colon + 1,
			       e.text);
	}
}

static void check_binds(const struct svc *s, const char *root)
{
	char source[PATH_TEXT_MAX], real[ROOT_PATH_MAX];
	struct err e = ERR_NONE;
	const char *p = NULL;
	struct stat st;

	for (unsigned int i = 0; (p = service_list_next(&s->row, s->row.bind_ro, p)); i++) {
		const struct origin *o = svc_origin(s, "BindReadOnlyPaths", i);
		const char *colon = strchr(p, ':');

		snprintf(source, sizeof(source), "%.*s", (int)(colon - p), p);
		if (root_resolve(root, source, false, real, &st, &e))
			report(o, "wanted '%s' in the firmware, %s", source, e.text);
		else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
			report(o, "wanted a file or directory, found '%s' with mode %o", source,
			       st.st_mode);
		check_nested(s, root, o, colon + 1);
	}
}

void staged_check(const struct svc *s, const char *root, const struct arch *arch)
{
	check_command(s, root, arch, "ExecStart", 0, s->row.exec_start);
	for (unsigned int i = 0; i < s->row.exec_start_pre.n; i++)
		check_command(s, root, arch, "ExecStartPre", i, s->row.exec_start_pre.argv[i]);
	check_etc(s, root);
	check_binds(s, root);
}
