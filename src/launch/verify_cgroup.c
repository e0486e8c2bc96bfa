/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"
#include "conf/cgroup.h"
#include "launch/verify.h"

#define TEXT_MAX 4096

/* The line of cgroup v2 in /proc/PID/cgroup; those of other hierarchies are not ours. */
static int check_path(struct verify *v, struct err *e)
{
	static const char unified[] = "0::";
	char text[TEXT_MAX], wanted[SERVICE_NAME_MAX + 16];
	char *line;

	if (fd_read_file_bounded(v->proc_fd, "cgroup", text, sizeof(text), e) < 0)
		return -e->num;
	for (line = text; *line && !str_starts(line, unified); line += *line == '\n')
		line += strcspn(line, "\n");
	if (!*line)
		return err_set(e, ENOENT, "it is in no cgroup of version 2");
	line += strlen(unified);
	line[strcspn(line, "\n")] = '\0';
	snprintf(wanted, sizeof(wanted), "/services/%s", v->record->service.name);
	verify_add(v->result, strcmp(line, wanted) == 0, "cgroup", wanted, line);
	return 0;
}

/* The kernel counts memory in pages, says more of a quota than was asked, and names a default. */
static bool is_same(const char *file, const char *wanted, const char *found)
{
	static const char by_default[] = "default ";
	uint64_t bytes, page = (uint64_t)sysconf(_SC_PAGESIZE), is;

	if (str_starts(found, by_default))
		found += strlen(by_default);
	if (strcmp(wanted, found) == 0)
		return true;
	if (strcmp(file, "cpu.max") == 0)
		return strcmp(wanted, "max") == 0 && str_starts(found, "max ");
	return strcmp(file, "memory.max") == 0 && !num_parse_u64(wanted, 0, UINT64_MAX, &bytes) &&
	       !num_parse_u64(found, 0, UINT64_MAX, &is) && is == bytes / page * page;
}

int verify_cgroup(struct verify *v, struct err *e)
{
	struct cgroup_limit limit[CGROUP_LIMITS_MAX];
	unsigned int n = service_cgroup_limits(&v->record->service, limit);
	char found[64];
	int rc = check_path(v, e);

	for (unsigned int i = 0; rc == 0 && i < n; i++) {
		struct err missing = ERR_NONE;
		const struct cgroup_limit *l = &limit[i];
		ssize_t len =
			fd_read_file_bounded(v->cgroup_fd, l->file, found, sizeof(found), &missing);

		if (len == -ENOENT && l->spare)
			continue;
		if (len < 0)
			return err_set(e, (int)len, "%s", missing.text);
		found[strcspn(found, "\n")] = '\0';
		verify_add(v->result, is_same(l->file, l->value, found), l->file, l->value, found);
	}
	return rc;
}
