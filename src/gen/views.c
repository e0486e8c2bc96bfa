/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "conf/table.h"
#include "gen/file.h"
#include "gen/gen.h"
#include "gen/report.h"
#include "gen/root.h"
#include "gen/tree.h"

#define NOBODY	 65534
#define TEXT_MAX 8192

static struct table table;

/* Making the view of one row. */
struct view_maker {
	const char *root;
	const struct service *s;
	char dir[ROOT_PATH_MAX]; /* ROOT/views/NAME */
	struct err e;
};

static char *below(const struct view_maker *m, const char *path, char buf[2 * ROOT_PATH_MAX])
{
	snprintf(buf, 2 * ROOT_PATH_MAX, "%s%s", m->dir, path);
	return buf;
}

/* What every jail's root has: see the launcher's steps for what is mounted on the directories. */
static int make_frame(struct view_maker *m)
{
	static const char *const dirs[] = {
		"/etc", "/usr", "/dev", "/proc", "/tmp", "/run", "/var"
	};
	static const char *const links[] = { "bin", "sbin", "lib", "lib64" };
	char path[2 * ROOT_PATH_MAX], name[16], target[16];
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(dirs) / sizeof(dirs[0]); i++)
		rc = tree_make_dir(below(m, dirs[i], path), &m->e);
	for (size_t i = 0; !rc && i < sizeof(links) / sizeof(links[0]); i++) {
		snprintf(name, sizeof(name), "/%s", links[i]);
		snprintf(target, sizeof(target), "usr/%s", links[i]);
		rc = tree_make_link(below(m, name, path), target, &m->e);
	}
	return rc;
}

static int write_etc(struct view_maker *m, const char *name, const char *text)
{
	char path[2 * ROOT_PATH_MAX], etc[64];

	snprintf(etc, sizeof(etc), "/etc/%s", name);
	return tree_write_file(below(m, etc, path), text, strlen(text), &m->e);
}

/*
 * Who a program can find out to be: the row's own user, and nobody. A login (dropbear) takes home
 * and shell from here, and refuses a shell that is not there.
 */
static int make_passwd(struct view_maker *m)
{
	const char *state = service_str(m->s, m->s->state_directory);
	char text[TEXT_MAX], real[ROOT_PATH_MAX];
	struct err none = ERR_NONE;
	struct strbuf b;
	struct stat st;
	bool shell = !root_resolve(m->root, "/bin/sh", true, real, &st, &none);

	strbuf_init(&b, text, sizeof(text));
	strbuf_addf(&b, "%s:*:%u:%u::%s%s:%s\n", m->s->name, m->s->uid, m->s->gid,
		    *state ? "/var/lib/" : "/", state, shell ? "/bin/sh" : "/sbin/nologin");
	if (m->s->uid != NOBODY)
		strbuf_addf(&b, "nobody:*:%u:%u::/:/sbin/nologin\n", NOBODY, NOBODY);
	return write_etc(m, "passwd", text);
}

/* The row's own group, and those of the services whose socket it may open. */
static int make_group(struct view_maker *m)
{
	const struct service *s = m->s;
	const char *p = NULL;
	char text[TEXT_MAX];
	struct strbuf b;

	strbuf_init(&b, text, sizeof(text));
	strbuf_addf(&b, "%s:*:%u:\n", s->name, s->gid);
	while ((p = service_list_next(s, s->socket_from, p)))
		strbuf_addf(&b, "%s:*:%u:%s\n", p, table.service[table_find(&table, p)].gid,
			    s->name);
	if (s->gid != NOBODY)
		strbuf_addf(&b, "nogroup:*:%u:\n", NOBODY);
	return write_etc(m, "group", text);
}

/* EtcFiles= last: a file that it names is meant to be seen instead of ours. */
static int make_etc(struct view_maker *m)
{
	static const char hosts[] = "127.0.0.1 localhost\n::1 localhost\n";
	static const char nsswitch[] =
		"passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n"
		"networks: files\nprotocols: files\nservices: files\n";
	char path[2 * ROOT_PATH_MAX], dir[2 * ROOT_PATH_MAX];
	const char *p = NULL;
	int rc;

	rc = make_passwd(m);
	if (!rc)
		rc = make_group(m);
	if (!rc)
		rc = write_etc(m, "hosts", hosts);
	if (!rc)
		rc = write_etc(m, "nsswitch.conf", nsswitch);
	while (!rc && (p = service_list_next(m->s, m->s->etc_files, p))) {
		str_copy(dir, sizeof(dir), below(m, p, path));
		*strrchr(dir, '/') = '\0';
		rc = tree_make_dir(dir, &m->e);
		if (!rc)
			rc = tree_copy(m->root, p, path, &m->e);
	}
	return rc;
}

/* An empty directory or file for each BindReadOnlyPaths= to be mounted on. */
static int make_mount_points(struct view_maker *m)
{
	char path[2 * ROOT_PATH_MAX], source[PATH_TEXT_MAX], real[ROOT_PATH_MAX];
	const char *p = NULL;
	struct stat st;
	int rc = 0;

	while (!rc && (p = service_list_next(m->s, m->s->bind_ro, p))) {
		const char *colon = strchr(p, ':');

		snprintf(source, sizeof(source), "%.*s", (int)(colon - p), p);
		rc = root_resolve(m->root, source, false, real, &st, &m->e);
		if (rc)
			return err_prefix(&m->e, "%s", source);
		below(m, colon + 1, path);
		if (!S_ISDIR(st.st_mode)) {
			char *slash = strrchr(path, '/');

			*slash = '\0';
			rc = tree_make_dir(path, &m->e);
			*slash = '/';
			if (!rc && access(path, F_OK) < 0)
				rc = tree_write_file(path, "", 0, &m->e);
			else if (!rc && (stat(path, &st) < 0 || !S_ISREG(st.st_mode)))
				rc = err_set(&m->e, EISDIR,
					     "wanted a file at %s, found a directory", path);
		} else {
			rc = tree_make_dir(path, &m->e);
		}
	}
	return rc;
}

static void make_view(const char *root, const struct service *s)
{
	struct view_maker m = { .root = root, .s = s, .e = ERR_NONE };

	snprintf(m.dir, sizeof(m.dir), "%s/views/%s", root, s->name);
	if (tree_make_dir(m.dir, &m.e) || make_frame(&m) || make_etc(&m) || make_mount_points(&m))
		report_at("views", 0, "%s (in [service %s])", m.e.text, s->name);
}

static int read_table(const char *path)
{
	struct err e = ERR_NONE;
	size_t len;
	char *text = file_read(path, &len, &e);
	int rc;

	if (!text) {
		report_at(path, 0, "%s", e.text);
		return -1;
	}
	rc = table_parse(&table, path, text, len, &e);
	free(text);
	if (rc) {
		fprintf(stderr, "%s\n", e.text);
		return rc;
	}
	rc = table_check(&table, &e);
	if (rc)
		report_at(path, 0, "%s", e.text);
	return rc;
}

int gen_views(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ 0 },
	};
	const char *root = NULL;
	struct err e = ERR_NONE;
	char dir[ROOT_PATH_MAX];
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == '?')
			return GEN_USAGE;
		root = optarg;
	}
	if (!root || argc - optind != 1) {
		fprintf(stderr, "jail-gen views: wanted --root DIR and one table\n");
		return GEN_USAGE;
	}
	if (!root_is_there(root) || read_table(argv[optind]))
		return GEN_WRONG;
	snprintf(dir, sizeof(dir), "%s/views", root);
	if (tree_remove(dir, &e))
		report_at(dir, 0, "%s", e.text);
	for (uint32_t i = 0; !report_count() && i < table.n; i++)
		make_view(root, &table.service[i]);
	return report_count() ? GEN_WRONG : GEN_OK;
}
