/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "launch/mountinfo.h"
#include "launch/verify.h"

/*
 * What root.c, dev.c and dirs.c mount, said once more and on its own: a mistake there that was
 * copied from there would not be seen.
 */
#define EXPECTED_MAX (16 + DEPENDS_MAX + LIST_MAX)
#define FIRMWARE     (MOUNT_RDONLY | MOUNT_NOSUID | MOUNT_NODEV)
#define MEMORY	     (MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC)

struct expected {
	char target[MOUNTINFO_PATH_MAX];
	char root_end[MOUNTINFO_PATH_MAX]; /* what the root in its file system ends with */
	const char *type;		   /* NULL: any, it is the board's */
	unsigned int flags;		   /* all of these; MOUNT_RDONLY or not exactly so */
	bool seen;
};

static struct {
	struct expected at[EXPECTED_MAX];
	unsigned int n;
} all;

static void expect(const char *type, unsigned int flags, const char *root_end, const char *fmt,
		   const char *name)
{
	struct expected *x = &all.at[all.n];

	if (all.n == EXPECTED_MAX)
		return; /* a record that is sound has no more; what is missing here is refused there */
	all.n++;
	*x = (struct expected){ .type = type, .flags = flags };
	snprintf(x->target, sizeof(x->target), fmt, name);
	snprintf(x->root_end, sizeof(x->root_end), "%s", root_end);
}

static void expect_own(const struct launch_record *r)
{
	const struct service *s = &r->service;
	const char *state = service_str(s, s->state_directory);
	const char *runtime = service_str(s, s->runtime_directory);
	char root[MOUNTINFO_PATH_MAX];

	if (*state && !r->state_volatile) {
		snprintf(root, sizeof(root), "/%s", state);
		expect(NULL, MEMORY, root, "/var/lib/%s", state);
	}
	if (*runtime) {
		snprintf(root, sizeof(root), "/%s", runtime);
		expect("tmpfs", MEMORY, root, "/run/%s", runtime);
	}
	for (uint32_t i = 0; i < r->n_socket_from; i++) {
		snprintf(root, sizeof(root), "/%s", r->socket_from_dir[i]);
		expect("tmpfs", MEMORY | MOUNT_RDONLY, root, "/run/%s", r->socket_from_dir[i]);
	}
}

static void expect_all(const struct launch_record *r)
{
	const struct service *s = &r->service;
	char root[MOUNTINFO_PATH_MAX];
	const char *bind = NULL;

	all.n = 0;
	snprintf(root, sizeof(root), "/views/%s", s->name);
	expect(NULL, FIRMWARE, root, "%s", "/");
	expect(NULL, FIRMWARE, "/usr", "%s", "/usr");
	expect("tmpfs", MEMORY, "/tmp", "%s", "/tmp");
	expect("tmpfs", MEMORY, "/run", "%s", "/run");
	expect("tmpfs", MEMORY, "/var", "%s", "/var");
	expect("tmpfs", MOUNT_RDONLY | MOUNT_NOSUID | MOUNT_NOEXEC, "/", "%s", "/dev");
	expect("tmpfs", MEMORY, "/shm", "%s", "/dev/shm");
	if (s->pty)
		expect("devpts", MOUNT_NOSUID | MOUNT_NOEXEC, "/", "%s", "/dev/pts");
	expect("proc", MEMORY | MOUNT_RDONLY, "/", "%s", "/proc");
	expect_own(r);
	while ((bind = service_list_next(s, s->bind_ro, bind))) {
		const char *colon = strchr(bind, ':');

		/* Not which source: a link of the firmware leads wherever it leads. */
		if (colon)
			expect(NULL, FIRMWARE, "", "%s", colon + 1);
	}
	if (s->control_socket)
		expect(NULL, FIRMWARE, "/jailctl", "%s", "/run/jailinit/jailctl");
}

static struct expected *find(const struct mountinfo *m)
{
	for (unsigned int i = 0; i < all.n; i++)
		if (!all.at[i].seen && strcmp(all.at[i].target, m->target) == 0)
			return &all.at[i];
	return NULL;
}

static void describe(const char *type, unsigned int flags, bool peers, const char *root,
		     char text[VERIFY_TEXT_MAX])
{
	char words[MOUNTINFO_FLAGS_MAX];

	snprintf(text, VERIFY_TEXT_MAX, "%s%s%s%s%s%s", mountinfo_flags_text(flags, words),
		 peers ? ",shared" : "", type ? " " : "", type ? type : "", *root ? " of " : "",
		 root);
}

static bool is_right(const struct expected *x, const struct mountinfo *m)
{
	if (m->peers || (m->flags & MOUNT_RDONLY) != (x->flags & MOUNT_RDONLY) ||
	    (x->flags & ~m->flags) != 0 || !str_ends(m->root, x->root_end))
		return false;
	return !x->type || strcmp(x->type, m->type) == 0;
}

/* Only the jail's own processes, and no file but theirs. */
static void check_proc(struct verify *v, const struct mountinfo *m)
{
	bool subset = mountinfo_has(m->super, "subset=pid");
	bool hidden = mountinfo_has(m->super, "hidepid=invisible") ||
		      mountinfo_has(m->super, "hidepid=2");

	verify_add(v->result, subset && hidden, "options of /proc", "hidepid=invisible,subset=pid",
		   m->super);
}

static void check_mount(struct verify *v, const struct mountinfo *m)
{
	char what[VERIFY_WHAT_MAX], wanted[VERIFY_TEXT_MAX], found[VERIFY_TEXT_MAX];
	struct expected *x = find(m);

	snprintf(what, sizeof(what), "mount %.37s", m->target);
	describe(m->type, m->flags, m->peers, m->root, found);
	if (!x) {
		verify_add(v->result, false, what, "none", found);
		return;
	}
	x->seen = true;
	describe(x->type, x->flags, false, x->root_end, wanted);
	verify_add(v->result, is_right(x, m), what, wanted, found);
	if (strcmp(x->target, "/proc") == 0)
		check_proc(v, m);
}

int verify_mounts(struct verify *v, const char *mountinfo, size_t len, struct err *e)
{
	char what[VERIFY_WHAT_MAX], wanted[VERIFY_TEXT_MAX];
	const char *at = mountinfo;
	struct mountinfo m;
	int rc;

	expect_all(v->record);
	while ((rc = mountinfo_next(&at, mountinfo + len, &m, e)) == 1)
		check_mount(v, &m);
	for (unsigned int i = 0; rc == 0 && i < all.n; i++) {
		const struct expected *x = &all.at[i];

		if (x->seen)
			continue;
		snprintf(what, sizeof(what), "mount %.37s", x->target);
		describe(x->type, x->flags, false, x->root_end, wanted);
		verify_add(v->result, false, what, wanted, "none");
	}
	return rc;
}
