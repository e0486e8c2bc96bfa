/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "gen/file.h"
#include "gen/report.h"
#include "gen/root.h"

#define LINKS_MAX 40 /* as the kernel, see path_resolution(7) */

struct walk {
	const char *root;
	char at[ROOT_PATH_MAX];	  /* where we are, "" is the root */
	char rest[ROOT_PATH_MAX]; /* what is still to be walked */
	unsigned int links;
	struct stat st;
};

/* Take the first component off w->rest. */
static bool next_component(struct walk *w, char component[ROOT_PATH_MAX])
{
	char *p = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(p, "/");

	memcpy(component, p, n);
	component[n] = '\0';
	memmove(w->rest, p + n, strlen(p + n) + 1);
	return n > 0;
}

static int nothing(const struct walk *w, struct err *e)
{
	return err_set(e, errno, "found nothing at '%s'", w->at);
}

static int too_long(const struct walk *w, struct err *e)
{
	return err_set(e, ENAMETOOLONG, "found a path that is too long at '%s'", w->at);
}

/* Put the target of the link at w->at in front of what is left. */
static int follow(struct walk *w, const char *file, struct err *e)
{
	char target[ROOT_PATH_MAX], rest[2 * ROOT_PATH_MAX + 2];
	ssize_t n = readlink(file, target, sizeof(target) - 1);

	if (n < 0)
		return nothing(w, e);
	target[n] = '\0';
	if (++w->links > LINKS_MAX)
		return err_set(e, ELOOP, "found a circle of links at '%s'", w->at);
	snprintf(rest, sizeof(rest), "%s/%s", target, w->rest);
	if (str_copy(w->rest, sizeof(w->rest), rest))
		return too_long(w, e);
	if (target[0] == '/')
		w->at[0] = '\0';
	else
		*strrchr(w->at, '/') = '\0';
	return 0;
}

static bool is_merged(const char *component)
{
	return !strcmp(component, "bin") || !strcmp(component, "sbin") ||
	       !strcmp(component, "lib") || !strcmp(component, "lib64");
}

static int step(struct walk *w, const char *component, struct err *e)
{
	char file[2 * ROOT_PATH_MAX];
	size_t n = strlen(w->at);

	if (!strcmp(component, "."))
		return 0;
	if (!strcmp(component, "..")) {
		if (n)
			*strrchr(w->at, '/') = '\0';
		return 0;
	}
	if ((size_t)snprintf(w->at + n, sizeof(w->at) - n, "%s/%s",
			     !n && is_merged(component) ? "/usr" : "",
			     component) >= sizeof(w->at) - n)
		return too_long(w, e);
	snprintf(file, sizeof(file), "%s%s", w->root, w->at);
	if (lstat(file, &w->st) < 0)
		return nothing(w, e);
	return S_ISLNK(w->st.st_mode) ? follow(w, file, e) : 0;
}

int root_resolve(const char *root, const char *path, bool usr_only, char real[ROOT_PATH_MAX],
		 struct stat *st, struct err *e)
{
	struct walk w = { .root = root };
	char component[ROOT_PATH_MAX];

	if (str_copy(w.rest, sizeof(w.rest), path))
		return too_long(&w, e);
	while (next_component(&w, component)) {
		int rc = step(&w, component, e);

		if (rc)
			return rc;
		if (usr_only && *w.at && strcmp(w.at, "/usr") && !str_starts(w.at, "/usr/"))
			return err_set(e, EXDEV, "found '%s', which no jail sees", w.at);
	}
	if (str_copy(real, ROOT_PATH_MAX, *w.at ? w.at : "/"))
		return -ENAMETOOLONG;
	*st = w.st;
	return 0;
}

bool root_is_there(const char *root)
{
	struct stat st;

	if (strlen(root) < ROOT_PATH_MAX / 2 && stat(root, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	report_at(root, 0, "wanted the directory of the staged root, with a path shorter than %d",
		  ROOT_PATH_MAX / 2);
	return false;
}

char *root_read(const char *root, const char *real, size_t *len, struct err *e)
{
	char file[2 * ROOT_PATH_MAX];

	snprintf(file, sizeof(file), "%s%s", root, real);
	return file_read(file, len, e);
}
