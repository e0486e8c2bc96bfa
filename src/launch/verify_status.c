/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/str.h"
#include "launch/verify.h"

#define VALUE_MAX 512

/* The value of @key of /proc/PID/status ("Key:\tvalue") into @value, blanks at its end cut off. */
static int take(const char *status, const char *key, char value[VALUE_MAX], struct err *e)
{
	size_t n = strlen(key), len;

	for (const char *line = status; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (strncmp(line, key, n) != 0 || line[n] != ':' || line[n + 1] != '\t')
			continue;
		line += n + 2;
		len = strcspn(line, "\n");
		while (len && line[len - 1] == ' ')
			len--;
		if (len >= VALUE_MAX)
			return err_set(e, E2BIG, "status: %s is longer than %d bytes", key,
				       VALUE_MAX - 1);
		memcpy(value, line, len);
		value[len] = '\0';
		return 0;
	}
	return err_set(e, ENOENT, "status: this kernel has no %s there", key);
}

/*
 * All four of them. A row that may set its ids (AmbientCapabilities=) does so whenever it likes, and
 * then any is right.
 */
static int check_id(struct verify *v, const char *status, const char *key, uint32_t id,
		    unsigned int cap, struct err *e)
{
	char found[VALUE_MAX], wanted[VALUE_MAX];
	bool free_to_set = v->record->service.caps_ambient >> cap & 1;

	if (take(status, key, found, e))
		return -e->num;
	for (char *c = found; *c; c++)
		if (*c == '\t')
			*c = ' ';
	snprintf(wanted, sizeof(wanted), "%u %u %u %u", id, id, id, id);
	verify_add(v->result, free_to_set || strcmp(found, wanted) == 0, key,
		   free_to_set ? "any, it may set them" : wanted, found);
	return 0;
}

/* The kernel keeps and tells them sorted. */
static int check_groups(struct verify *v, const char *status, struct err *e)
{
	const struct launch_record *r = v->record;
	bool free_to_set = r->service.caps_ambient >> CAP_SETGID & 1;
	uint32_t n = r->n_socket_from, sorted[DEPENDS_MAX];
	char found[VALUE_MAX], wanted[VALUE_MAX];
	struct strbuf b;

	if (take(status, "Groups", found, e))
		return -e->num;
	strbuf_init(&b, wanted, sizeof(wanted));
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = i;

		for (; k > 0 && sorted[k - 1] > r->socket_from_gid[i]; k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = r->socket_from_gid[i];
	}
	for (uint32_t i = 0; i < n; i++)
		strbuf_addf(&b, "%s%u", i ? " " : "", sorted[i]);
	verify_add(v->result, free_to_set || strcmp(found, wanted) == 0, "Groups",
		   free_to_set ? "any, it may set them"
		   : n	       ? wanted
			       : "none",
		   *found ? found : "none");
	return 0;
}

/* A service may have dropped some; none may have come. */
static int check_caps(struct verify *v, const char *status, const char *key, uint64_t most,
		      struct err *e)
{
	char found[VALUE_MAX], wanted[24];
	uint64_t caps;

	if (take(status, key, found, e))
		return -e->num;
	if (num_parse_hex(found, 16, &caps))
		return err_set(e, EINVAL, "status: %s: wanted 16 digits, found %.40s", key, found);
	snprintf(wanted, sizeof(wanted), "%016llx", (unsigned long long)most);
	verify_add(v->result, (caps & ~most) == 0, key, wanted, found);
	return 0;
}

static int check_number(struct verify *v, const char *status, const char *key, uint64_t least,
			uint64_t most, struct err *e)
{
	char found[VALUE_MAX], wanted[32];
	uint64_t number;

	if (take(status, key, found, e))
		return -e->num;
	if (num_parse_u64(found, 0, UINT32_MAX, &number))
		return err_set(e, EINVAL, "status: %s: wanted a number, found %.40s", key, found);
	snprintf(wanted, sizeof(wanted), "%llu%s", (unsigned long long)least,
		 most > least ? " or more" : "");
	verify_add(v->result, number >= least && number <= most, key, wanted, found);
	return 0;
}

int verify_status(struct verify *v, const char *status, struct err *e)
{
	const struct service *s = &v->record->service;
	int rc = check_id(v, status, "Uid", s->uid, CAP_SETUID, e);

	if (rc == 0)
		rc = check_id(v, status, "Gid", s->gid, CAP_SETGID, e);
	if (rc == 0)
		rc = check_groups(v, status, e);
	if (rc == 0)
		rc = check_caps(v, status, "CapInh", s->caps_ambient, e);
	if (rc == 0)
		rc = check_caps(v, status, "CapPrm", s->caps_ambient, e);
	if (rc == 0)
		rc = check_caps(v, status, "CapEff", s->caps_ambient, e);
	if (rc == 0)
		rc = check_caps(v, status, "CapBnd", s->caps_bounding, e);
	if (rc == 0)
		rc = check_caps(v, status, "CapAmb", s->caps_ambient, e);
	if (rc == 0)
		rc = check_number(v, status, "NoNewPrivs", 1, 1, e);
	if (rc == 0)
		rc = check_number(v, status, "Seccomp", 2, 2, e); /* SECCOMP_MODE_FILTER */
	if (rc == 0)
		rc = check_number(v, status, "Seccomp_filters", 1, UINT32_MAX, e);
	return rc;
}

int verify_spaces(struct verify *v, struct err *e)
{
	static const char *const kinds[] = { "mnt", "pid", "ipc", "uts", "cgroup", "net", "user" };
	char path[32], found[64], first[64], what[32];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool shared = strcmp(kinds[i], "user") == 0 ||
			      (strcmp(kinds[i], "net") == 0 &&
			       v->record->service.network == NETWORK_HOST);
		ssize_t n, m;
		bool same;

		snprintf(path, sizeof(path), "/proc/1/ns/%s", kinds[i]);
		m = readlink(path, first, sizeof(first) - 1);
		/* Without /proc/ and the number it is the same file of the service. */
		n = readlinkat(v->proc_fd, path + strlen("/proc/1/"), found, sizeof(found) - 1);
		if (n <= 0 || m <= 0)
			return err_set(e, errno, "read the link ns/%s of %s", kinds[i],
				       n <= 0 ? "the service" : "PID 1");
		first[m] = found[n] = '\0';
		same = strcmp(first, found) == 0;
		snprintf(what, sizeof(what), "namespace %s", kinds[i]);
		verify_add(v->result, same == shared, what, shared ? "the machine's" : "its own",
			   same ? "the machine's" : found);
	}
	return 0;
}
