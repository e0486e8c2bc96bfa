/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "gen/file.h"
#include "gen/root.h"
#include "gen/tree.h"

#define PATH_SIZE (4 * ROOT_PATH_MAX)

static int cannot(struct err *e, const char *what, const char *path)
{
	return err_set(e, errno, "cannot %s %s: %s", what, path, strerror(errno));
}

int tree_make_dir(const char *path, struct err *e)
{
	char part[PATH_SIZE];
	struct stat st;

	if (str_copy(part, sizeof(part), path)) {
		errno = ENAMETOOLONG;
		return cannot(e, "make", path);
	}
	for (char *p = part + 1;; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(part, 0755) == 0)
			chmod(part, 0755);
		else if (errno != EEXIST || stat(part, &st) < 0)
			return cannot(e, "make", part);
		else if (!S_ISDIR(st.st_mode))
			return err_set(e, ENOTDIR, "wanted a directory at %s, found a file", part);
		*p = c;
		if (!c)
			return 0;
	}
}

int tree_write_file(const char *path, const void *data, size_t len, struct err *e)
{
	int rc = file_write_atomic(path, data, len, e);

	if (rc)
		return err_prefix(e, "%s", path);
	return chmod(path, 0644) < 0 ? cannot(e, "chmod", path) : 0;
}

int tree_make_link(const char *path, const char *target, struct err *e)
{
	return symlink(target, path) < 0 ? cannot(e, "make", path) : 0;
}

static int copy_dir(const char *root, const char *real, const char *to, struct err *e)
{
	char path[PATH_SIZE], from[PATH_SIZE], below[PATH_SIZE];
	struct dirent *entry;
	DIR *dir;
	int rc;

	snprintf(path, sizeof(path), "%s%s", root, real);
	dir = opendir(path);
	if (!dir)
		return cannot(e, "open", path);
	rc = tree_make_dir(to, e);
	while (!rc && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(from, sizeof(from), "%s/%s", real, entry->d_name);
		snprintf(below, sizeof(below), "%s/%s", to, entry->d_name);
		rc = tree_copy(root, from, below, e);
	}
	closedir(dir);
	return rc;
}

int tree_copy(const char *root, const char *from, const char *to, struct err *e)
{
	char real[ROOT_PATH_MAX], *data;
	struct stat st;
	size_t len;
	int rc;

	rc = root_resolve(root, from, false, real, &st, e);
	if (rc)
		return err_prefix(e, "copy %s", from);
	if (S_ISDIR(st.st_mode))
		return copy_dir(root, real, to, e);
	data = root_read(root, real, &len, e);
	if (!data)
		return err_prefix(e, "copy %s", from);
	rc = tree_write_file(to, data, len, e);
	free(data);
	return rc;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path) < 0 ? -1 : 0;
}

int tree_remove(const char *path, struct err *e)
{
	if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
		return 0;
	return cannot(e, "remove", path);
}
