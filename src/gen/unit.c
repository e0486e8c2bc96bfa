/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "conf/names.h"
#include "conf/table.h"
#include "gen/file.h"
#include "gen/gen.h"
#include "gen/place.h"
#include "gen/seccomp.h"

/*
 * jail-gen unit: each row in the words of systemd.exec(5), so that what the jail keeps can be held
 * against a scale that others made. A line stands here only if the jail enforces what systemd would;
 * what it does not is left out, however well it would look.
 */
#define UNIT_TEXT_MAX 65536

struct unit {
	const struct table *table;
	const struct service *s;
	const struct policy *policy;
	struct strbuf b;
};

/* ---- Keys of the row that mean the same, and are spelled the same but for the name */

static const struct copied {
	const char *ours, *theirs;
	bool empty; /* also when there is nothing in it */
} copied[] = {
	{ "Type", "Type", false },
	{ "ExecStartPre", "ExecStartPre", false },
	{ "ExecStart", "ExecStart", false },
	{ "Environment", "Environment", false },
	{ "WorkingDirectory", "WorkingDirectory", false },
	{ "TTYPath", "TTYPath", false },
	{ "Restart", "Restart", false },
	{ "RestartDelayMinSec", "RestartSec", false },
	{ "TimeoutStartSec", "TimeoutStartSec", false },
	{ "TimeoutStopSec", "TimeoutStopSec", false },
	{ "KillSignal", "KillSignal", false },
	{ "User", "User", false },
	{ "Group", "Group", false },
	{ "StateDirectory", "StateDirectory", false },
	{ "StateDirectoryMode", "StateDirectoryMode", false },
	{ "RuntimeDirectory", "RuntimeDirectory", false },
	{ "RuntimeDirectoryMode", "RuntimeDirectoryMode", false },
	{ "CapabilityBoundingSet", "CapabilityBoundingSet", true },
	{ "AmbientCapabilities", "AmbientCapabilities", false },
	{ "RestrictAddressFamilies", "RestrictAddressFamilies", false }, /* none: add_network() */
	{ "RestrictNamespaces", "RestrictNamespaces", false },
	{ "RestrictRealtime", "RestrictRealtime", false },
	{ "LockPersonality", "LockPersonality", false },
	{ "MemoryDenyWriteExecute", "MemoryDenyWriteExecute", false },
	{ "RestrictSUIDSGID", "RestrictSUIDSGID", false },
	{ "UMask", "UMask", false },
	{ "Nice", "Nice", false },
	{ "OOMScoreAdjust", "OOMScoreAdjust", false },
	{ "MemoryMax", "MemoryMax", false },
	{ "TasksMax", "TasksMax", false },
	{ "CPUWeight", "CPUWeight", false },
	{ "IOWeight", "IOWeight", false },
	{ "LimitNOFILE", "LimitNOFILE", false },
	{ "LimitNPROC", "LimitNPROC", false },
	{ "LimitCORE", "LimitCORE", false },
	{ "LimitFSIZE", "LimitFSIZE", false },
	{ "LimitMEMLOCK", "LimitMEMLOCK", false },
	{ "LimitAS", "LimitAS", false },
	{ "LimitDATA", "LimitDATA", false },
	{ "LimitSTACK", "LimitSTACK", false },
	{ "LimitRTPRIO", "LimitRTPRIO", false },
	{ "LimitSIGPENDING", "LimitSIGPENDING", false },
	{ "LimitMSGQUEUE", "LimitMSGQUEUE", false },
};

/* ---- What every jail does, whatever its row says */

static const char always[] =
	/* root.c, dev.c: what can be written is a tmpfs of its own or a directory of its own */
	"ProtectSystem=strict\n"
	"PrivateTmp=yes\n"
	"TemporaryFileSystem=/run /var\n"
	"PrivateMounts=yes\n"
	/* proc with subset=pid,hidepid=invisible; no sysfs and no cgroup file system at all */
	"ProtectProc=invisible\n"
	"ProcSubset=pid\n"
	"ProtectKernelTunables=yes\n"
	"ProtectControlGroups=yes\n"
	/* namespaces of its own; what is left of System V IPC dies with them */
	"PrivateIPC=yes\n"
	"RemoveIPC=yes\n"
	"ProtectHostname=yes\n"
	"KeyringMode=private\n"
	"NoNewPrivileges=yes\n"
	"SecureBits=noroot noroot-locked no-setuid-fixup-locked keep-caps-locked\n"
	/* each filter: other machines' calls kill */
	"SystemCallArchitectures=native\n"
	"DevicePolicy=closed\n"
	"KillMode=mixed\n";

/* ---- Pieces */

/* systemd replaces %x everywhere and $x in commands. */
static void add_value(struct unit *u, const char *value, bool command)
{
	for (; *value; value++) {
		if (*value == '%' || (command && *value == '$'))
			strbuf_addn(&u->b, value, 1);
		strbuf_addn(&u->b, value, 1);
	}
}

static unsigned int key_number(const char *name)
{
	unsigned int n, i = 0;
	const struct key *keys = service_keys(&n);

	while (strcmp(keys[i].name, name) != 0)
		i++;
	return i;
}

static void add_copied(struct unit *u, const struct copied *c)
{
	static const char ours[] = "jailinit:";
	bool command = str_starts(c->ours, "Exec");
	unsigned int key = key_number(c->ours);
	char value[LINE_MAX_BYTES];

	for (unsigned int line = 0;; line++) {
		const char *text = value;

		if (service_print_value(u->s, key, line, value, sizeof(value)) < 0)
			return;
		if (!*value && !c->empty)
			continue;
		strbuf_addf(&u->b, "%s=", c->theirs);
		if (command && str_starts(value, ours)) {
			strbuf_add(&u->b, "/lib/jailinit/");
			text += strlen(ours);
		}
		add_value(u, text, command);
		strbuf_add(&u->b, "\n");
	}
}

static bool allows(const struct unit *u, const char *const *calls)
{
	for (; *calls; calls++)
		for (unsigned int i = 0; i < u->policy->allow.n; i++)
			if (!strcmp(u->policy->allow.call[i].name, *calls))
				return true;
	return false;
}

static bool has_cap(const struct unit *u, const char *name)
{
	return u->s->caps_bounding >> names_cap_number(name) & 1;
}

static bool has_device(const struct unit *u, const char *prefix, unsigned int access)
{
	for (unsigned int i = 0; i < u->s->device_allow.n; i++)
		if (str_starts(service_str(u->s, u->s->device_allow.at[i].path), prefix) &&
		    u->s->device_allow.at[i].access & access)
			return true;
	return false;
}

static bool has_family(const struct unit *u, const char *name)
{
	for (unsigned int i = 0; i < u->policy->n_families; i++)
		if (u->policy->family[i] == (uint32_t)names_family_number(name))
			return true;
	return false;
}

/* ---- The guards that depend on the row */

/* systemd has no word for no limit, and takes the % as it is. */
static void add_quota(struct unit *u)
{
	if (u->s->cpu_quota != PERCENT_INFINITY)
		strbuf_addf(&u->b, "CPUQuota=%u%%\n", u->s->cpu_quota);
}

static void add_files(struct unit *u)
{
	static const char *const homes[] = { "/home", "/root", "/run/user" };
	const char *p = NULL;
	bool home = false;

	strbuf_addf(&u->b, "RootDirectory=/firmware/views/%s\n", u->s->name);
	strbuf_add(&u->b, "BindReadOnlyPaths=/firmware/usr:/usr\n");
	while ((p = service_list_next(u->s, u->s->bind_ro, p))) {
		strbuf_add(&u->b, "BindReadOnlyPaths=/firmware");
		add_value(u, p, false);
		strbuf_add(&u->b, "\n");
		for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++)
			home |= str_starts(strchr(p, ':') + 1, homes[i]);
	}
	if (!home)
		strbuf_add(&u->b, "ProtectHome=yes\n");
	if (u->s->runtime_directory)
		strbuf_add(&u->b, "RuntimeDirectoryPreserve=yes\n");
}

static void add_peers(struct unit *u)
{
	const char *p = NULL;

	while ((p = service_list_next(u->s, u->s->socket_from, p))) {
		const struct service *peer = &u->table->service[table_find(u->table, p)];

		strbuf_addf(&u->b, "BindReadOnlyPaths=/run/%s\nSupplementaryGroups=%u\n",
			    service_str(peer, peer->runtime_directory), peer->gid);
	}
}

static void add_devices(struct unit *u)
{
	const struct devices *d = &u->s->device_allow;
	const char *tty = service_str(u->s, u->s->tty_path);

	for (unsigned int i = 0; i < d->n; i++)
		strbuf_addf(&u->b, "DeviceAllow=%s %s%s\n", service_str(u->s, d->at[i].path),
			    d->at[i].access & DEV_READ ? "r" : "",
			    d->at[i].access & DEV_WRITE ? "w" : "");
	if (*tty)
		strbuf_addf(&u->b, "DeviceAllow=%s rw\n", tty);
	if (d->n == 0 && !*tty && !has_cap(u, "CAP_MKNOD") && !has_cap(u, "CAP_SYS_RAWIO"))
		strbuf_add(&u->b, "PrivateDevices=yes\n");
}

static void add_kernel(struct unit *u)
{
	static const char *const clock[] = { "adjtimex",
					     "clock_adjtime",
					     "clock_adjtime64",
					     "clock_settime",
					     "clock_settime64",
					     "settimeofday",
					     NULL };

	/* No filter has the calls; what is left to ask for is the capability. */
	if (!has_cap(u, "CAP_SYS_MODULE"))
		strbuf_add(&u->b, "ProtectKernelModules=yes\n");
	if (!has_cap(u, "CAP_SYSLOG") && !has_device(u, "/dev/kmsg", DEV_READ | DEV_WRITE))
		strbuf_add(&u->b, "ProtectKernelLogs=yes\n");
	if (!has_cap(u, "CAP_SYS_TIME") && !has_cap(u, "CAP_WAKE_ALARM") && !allows(u, clock) &&
	    !has_device(u, "/dev/rtc", DEV_WRITE))
		strbuf_add(&u->b, "ProtectClock=yes\n");
}

/*
 * A network namespace with only lo reaches nothing but itself. The sockets that PID 1 passes belong
 * to the .socket unit of systemd, whose rules these would not be either.
 */
static void add_network(struct unit *u)
{
	/* systemd takes an empty list for no restriction. */
	if (u->policy->n_families == 0)
		strbuf_add(&u->b, "RestrictAddressFamilies=none\n");
	if (u->s->network != NETWORK_NONE)
		return;
	strbuf_add(&u->b, "PrivateNetwork=yes\nIPAddressDeny=any\n");
	if (has_family(u, "AF_INET") || has_family(u, "AF_INET6"))
		strbuf_add(&u->b, "IPAddressAllow=localhost\n");
}

/* Call by call, as the filter has them: systemd's groups are wider than ours of the same name. */
static void add_filter(struct unit *u)
{
	const struct calls *c = &u->policy->allow;
	const char *error = service_str(u->s, u->s->syscall_error);

	for (unsigned int i = 0; i < c->n; i++)
		strbuf_addf(&u->b, "%s%s",
			    i % 8 ? " "
			    : i	  ? "\nSystemCallFilter="
				  : "SystemCallFilter=",
			    c->call[i].name);
	strbuf_add(&u->b, "\n");
	if (strcmp(error, "kill") != 0)
		strbuf_addf(&u->b, "SystemCallErrorNumber=%s\n", error);
}

static void add_order(struct unit *u, const char *key, struct strlist names)
{
	const char *p = NULL;

	while ((p = service_list_next(u->s, names, p)))
		if (strcmp(p, "data") != 0)
			strbuf_addf(&u->b, "%s=%s.service\n", key, p);
}

/* The whole of it into @u->b. */
static void unit_make(struct unit *u)
{
	strbuf_addf(&u->b, "# Row %s of a jailinit table, exported by jail-gen unit.\n[Unit]\n",
		    u->s->name);
	strbuf_add(&u->b, "Description=");
	add_value(u, service_str(u->s, u->s->description), false);
	strbuf_add(&u->b, "\n");
	add_order(u, "After", u->s->after);
	add_order(u, "After", u->s->requires);
	add_order(u, "Requires", u->s->requires);
	strbuf_add(&u->b, "\n[Service]\n");
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		add_copied(u, &copied[i]);
	add_quota(u);
	strbuf_add(&u->b, always);
	add_files(u);
	add_peers(u);
	add_devices(u);
	add_kernel(u);
	add_network(u);
	add_filter(u);
}

/* ---- Command line */

struct work {
	const char *table_file, *out_dir;
	char groups_file[512];
	uint32_t arch;
	char *table_text;
	struct groups groups;
	struct table table;
	struct policy policy;
	char text[UNIT_TEXT_MAX];
};

static int write_unit(struct work *w, const struct service *s, struct err *e)
{
	struct row_place place = { w->table_file, w->table_text, s, "" };
	const struct placer where = { row_place_find, &place };
	struct unit u = { .table = &w->table, .s = s, .policy = &w->policy };
	char path[512];
	int rc = policy_make(&w->policy, w->arch, &w->groups, s, &where, e);

	if (rc < 0)
		return rc;
	strbuf_init(&u.b, w->text, sizeof(w->text));
	unit_make(&u);
	if (u.b.full)
		abort(); /* a row has no more text than a tenth of this */
	snprintf(path, sizeof(path), "%s/%s.service", w->out_dir, s->name);
	return file_write_atomic(path, u.b.buf, u.b.len, e);
}

static int load(struct work *w, struct err *e)
{
	size_t len;
	char *text = file_read(w->groups_file, &len, e);
	int rc;

	if (!text)
		return err_prefix(e, "%s", w->groups_file);
	rc = groups_parse(&w->groups, w->groups_file, text, len, e);
	free(text);
	if (rc < 0)
		return rc;
	w->table_text = file_read(w->table_file, &len, e);
	if (!w->table_text)
		return err_prefix(e, "%s", w->table_file);
	rc = table_parse(&w->table, w->table_file, w->table_text, len, e);
	if (rc == 0 && table_check(&w->table, e))
		rc = err_prefix(e, "%s", w->table_file);
	return rc;
}

static int options(struct work *w, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "arch", required_argument, NULL, 'a' },
		{ "groups", required_argument, NULL, 'g' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "o:", longs, NULL)) != -1) {
		if (c == '?')
			return -EINVAL;
		if (c == 'a' && (w->arch = policy_arch(optarg)) == 0) {
			fprintf(stderr,
				"jail-gen unit: --arch %s: wanted x86_64, aarch64 or armv7\n",
				optarg);
			return -EINVAL;
		}
		if (c == 'g' && !groups_add_dir(&w->groups, optarg))
			return -EINVAL;
		if (c == 'g')
			snprintf(w->groups_file, sizeof(w->groups_file), "%s/groups", optarg);
		if (c == 'o')
			w->out_dir = optarg;
	}
	w->table_file = argv[optind];
	return argc - optind == 1 && w->arch && w->groups_file[0] && w->out_dir ? 0 : -EINVAL;
}

int gen_unit(int argc, char **argv)
{
	static struct work work; /* far too large for the stack */
	struct err e = ERR_NONE;
	int status = GEN_OK;

	if (options(&work, argc, argv) < 0) {
		fprintf(stderr,
			"jail-gen unit: wanted --arch ARCH --groups DIR -o DIR and one table\n");
		return GEN_USAGE;
	}
	if (load(&work, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return GEN_WRONG;
	}
	if (mkdir(work.out_dir, 0755) != 0 && errno != EEXIST) {
		fprintf(stderr, "jail-gen unit: make the directory %s: %s\n", work.out_dir,
			strerror(errno));
		status = GEN_WRONG;
	}
	for (uint32_t i = 0; status == GEN_OK && i < work.table.n; i++) {
		e = ERR_NONE;
		if (write_unit(&work, &work.table.service[i], &e) < 0) {
			fprintf(stderr, "%s\n", e.text);
			status = GEN_WRONG;
		}
	}
	free(work.table_text);
	return status;
}
