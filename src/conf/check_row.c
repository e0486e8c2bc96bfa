/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "conf/check.h"
#include "conf/names.h"
#include "conf/value.h"

/* for (EACH(s, list, text)) */
/* clang-format off */
#define EACH(s, list, p) const char *p = service_list_next(s, list, NULL); p; \
	p = service_list_next(s, list, p)
/* clang-format on */

/* Is @path the directory @dir or below it? */
static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (path[n] == '/' || !path[n]);
}

static void check_programs(struct checker *c, int row, const struct service *s)
{
	const char *program = service_list_next(s, s->exec_start, NULL);

	if (program && !str_starts(program, "jailinit:") && !str_starts(program, "/usr/"))
		check_report(c, row, "ExecStart",
			     "wanted a program below /usr or jailinit:NAME, found '%s'", program);
	for (unsigned int i = 0; i < s->exec_start_pre.n; i++) {
		program = service_list_next(s, s->exec_start_pre.argv[i], NULL);
		if (!str_starts(program, "/usr/"))
			check_report(c, row, "ExecStartPre",
				     "wanted a program below /usr, found '%s'", program);
	}
}

/* The length of the NAME of NAME=value, 0 if it is none. */
static size_t variable_name(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n && s[n] == '=' && !isdigit((unsigned char)s[0]) ? n : 0;
}

static void check_environment(struct checker *c, int row, const struct service *s)
{
	for (EACH(s, s->environment, a)) {
		size_t n = variable_name(a);

		if (!n)
			check_report(c, row, "Environment", "wanted NAME=value, found '%.48s'", a);
		for (EACH(s, s->environment, b)) {
			if (b == a)
				break;
			if (n && !strncmp(a, b, n + 1))
				check_report(c, row, "Environment",
					     "wanted %.*s once, found it again", (int)n, a);
		}
	}
}

static void check_binds(struct checker *c, int row, const struct service *s)
{
	/* What each jail has of its own there is made anew at each start: nothing to mount on. */
	static const char *const own[] = { "/usr", "/bin", "/sbin", "/lib", "/lib64", "/proc",
					   "/dev", "/sys", "/tmp",  "/run", "/var" };

	for (EACH(s, s->bind_ro, bind)) {
		const char *target = strchr(bind, ':') + 1;

		if (!strcmp(target, "/"))
			check_report(c, row, "BindReadOnlyPaths",
				     "wanted a target below /, found '/'");
		for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
			if (is_below(target, own[i]))
				check_report(c, row, "BindReadOnlyPaths",
					     "wanted a target outside of %s, found '%s'", own[i],
					     target);
		for (EACH(s, s->bind_ro, other)) {
			if (other == bind)
				break;
			if (!strcmp(target, strchr(other, ':') + 1))
				check_report(c, row, "BindReadOnlyPaths",
					     "wanted '%s' once, found it again", target);
		}
	}
}

static void check_files(struct checker *c, int row, const struct service *s)
{
	const char *tty = service_str(s, s->tty_path);

	for (EACH(s, s->etc_files, path))
		if (!value_is_path(path) || !str_starts(path, "/etc/"))
			check_report(c, row, "EtcFiles", "wanted a path below /etc, found '%s'",
				     path);
	if (*tty && !str_starts(tty, "/dev/"))
		check_report(c, row, "TTYPath", "wanted /dev/NODE, found '%s'", tty);
}

/* A file name, which cannot lead out of the directories of profiles; and nothing beside it. */
static void check_profile(struct checker *c, int row, const struct service *s)
{
	const char *name = service_str(s, s->seccomp_profile);
	const char *filter = service_list_next(s, s->syscall_filter, NULL);

	if (!*name)
		return;
	if (!str_ends(name, ".json") || *name == '.' || strchr(name, '/'))
		check_report(c, row, "SeccompProfile",
			     "wanted the name of a .json file, found '%.48s'", name);
	if (s->syscall_filter.n != 1 || strcmp(filter, "@default") != 0)
		check_report(c, row, "SystemCallFilter",
			     "wanted nothing beside SeccompProfile=%.48s, found a list", name);
	if (strcmp(service_str(s, s->syscall_error), "EPERM") != 0)
		check_report(c, row, "SystemCallErrorNumber",
			     "wanted nothing beside SeccompProfile=%.48s, found '%s'", name,
			     service_str(s, s->syscall_error));
}

static void check_rights(struct checker *c, int row, const struct service *s)
{
	const char *number = service_str(s, s->syscall_error);

	for (unsigned int cap = 0; cap < CAPS_COUNT; cap++)
		if ((s->caps_ambient & ~s->caps_bounding) >> cap & 1)
			check_report(c, row, "AmbientCapabilities",
				     "wanted one of CapabilityBoundingSet=, found %s",
				     names_cap(cap));
	check_profile(c, row, s);
	if (strcmp(number, "kill") != 0 && !err_number(number))
		check_report(c, row, "SystemCallErrorNumber",
			     "wanted the name of an errno (EPERM) or kill, found '%s'", number);
	for (EACH(s, s->address_families, family))
		if (names_family_number(family) < 0)
			check_report(c, row, "RestrictAddressFamilies",
				     "wanted names of address families (AF_INET), found '%.48s'",
				     family);
	if (s->uid == USER_AUTO || s->uid == UID_LAUNCHER)
		check_report(c, row, "User", "wanted a number other than %u, found %s",
			     UID_LAUNCHER, s->uid == USER_AUTO ? "none" : "it");
	if (s->gid == USER_AUTO || s->gid == UID_LAUNCHER)
		check_report(c, row, "Group", "wanted a number other than %u, found %s",
			     UID_LAUNCHER, s->gid == USER_AUTO ? "none" : "it");
}

static void check_supervision(struct checker *c, int row, const struct service *s)
{
	bool data = s->duty == DUTY_DATA_CHECK || s->duty == DUTY_DATA_FORMAT;
	char min[NUM_TEXT_MAX], max[NUM_TEXT_MAX];

	if (s->restart_delay_min_ms > s->restart_delay_max_ms)
		check_report(c, row, "RestartDelayMinSec",
			     "wanted at most RestartDelayMaxSec= (%s), found %s",
			     num_format_span(s->restart_delay_max_ms, max),
			     num_format_span(s->restart_delay_min_ms, min));
	/* Success is what a oneshot is for: to start it again after it would never end. */
	if (s->type == TYPE_ONESHOT &&
	    (s->restart == RESTART_ALWAYS || s->restart == RESTART_ON_SUCCESS))
		check_report(c, row, "Restart",
			     "wanted no or on-failure, on-abnormal, on-abort with Type=oneshot, "
			     "found %s",
			     s->restart == RESTART_ALWAYS ? "always" : "on-success");
	if (data && s->type != TYPE_ONESHOT)
		check_report(c, row, "Type", "wanted oneshot with this Duty=, found exec");
	if (data && s->state_directory)
		check_report(
			c, row, "StateDirectory",
			"wanted none with this Duty= (it runs before /data is there), found '%s'",
			service_str(s, s->state_directory));
}

/* See section 5.6.1 of Debian's policy: what a package can be called. */
static void check_packages(struct checker *c, int row, const struct service *s)
{
	for (EACH(s, s->packages, p))
		if (strlen(p) < 2 || !islower((unsigned char)p[strspn(p, "0123456789+-.")]) ||
		    p[strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789+-.")])
			check_report(c, row, "Packages",
				     "wanted names of Debian packages, found '%s'", p);
}

static void check_sockets(struct checker *c, int row, const struct service *s)
{
	unsigned int sockets = (unsigned int)s->listen_stream.n + s->listen_datagram.n;

	if (s->fd_names.n && s->fd_names.n != sockets)
		check_report(c, row, "FileDescriptorName",
			     "wanted a name for each of %u sockets, found %u names", sockets,
			     s->fd_names.n);
	if (s->socket_from.n > DEPENDS_MAX)
		check_report(c, row, "SocketFrom", "wanted at most %d services, found %u",
			     DEPENDS_MAX, s->socket_from.n);
}

void check_row(struct checker *c, uint32_t row)
{
	const struct service *s = &c->t->service[row];

	if (!strcmp(s->name, "data") || !strcmp(s->name, "system"))
		check_report(c, (int)row, "", "wanted another name, '%s' has a meaning of its own",
			     s->name);
	check_packages(c, (int)row, s);
	check_programs(c, (int)row, s);
	check_environment(c, (int)row, s);
	check_binds(c, (int)row, s);
	check_files(c, (int)row, s);
	check_rights(c, (int)row, s);
	check_supervision(c, (int)row, s);
	check_sockets(c, (int)row, s);
}
