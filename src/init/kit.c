/* SPDX-License-Identifier: MIT */
#include "init/kit.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/crc32.h"
#include "base/fd.h"
#include "base/str.h"
#include "conf/cgroup.h"
#include "init/data.h"
#include "init/firmware.h"
#include "init/logs.h"
#include "init/loop.h"
#include "os/bpf.h"
#include "os/cgroup.h"
#include "os/memfd.h"

void kit_clear(struct kit *k)
{
	unsigned int n;

	memset(k, 0, sizeof(*k));
	k->cgroup_fd = k->events_fd = k->log_read_fd = k->log_write_fd = -1;
	k->ring_fd = k->record_fd = k->program_fd = -1;
	for (n = 0; n < LISTENERS_MAX; n++)
		k->listen_fd[n] = -1;
}

/*
 * A limit that cannot be set is an error, unless it is one that this kernel has not and that changes
 * nothing.
 */
static int set_limits(struct kit *k, const struct service *s, struct err *e)
{
	struct cgroup_limit limit[CGROUP_LIMITS_MAX];
	unsigned int n = service_cgroup_limits(s, limit), i;

	for (i = 0; i < n; i++) {
		int rc = cgroup_write(k->cgroup_fd, limit[i].file, limit[i].value, e);

		if (rc && !(rc == -ENOENT && limit[i].spare))
			return rc;
		*e = ERR_NONE;
	}
	k->limits_set = true;
	return 0;
}

int kit_kill(unsigned int i, struct err *e)
{
	struct kit *k = &machine.run[i].kit;

	if (k->cgroup_fd < 0)
		return 0;
	k->killed = true;
	return cgroup_kill(k->cgroup_fd, e);
}

static int remove_cgroup(struct kit *k, const struct service *s, struct err *e)
{
	if (unlinkat(machine.cgroup_fd, s->name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_set(e, errno, "remove the cgroup that was killed, to make it anew");
	loop_close(&k->events_fd);
	fd_close(&k->cgroup_fd);
	k->killed = k->limits_set = k->devices_set = false;
	k->oom_kills = 0;
	return 0;
}

static int make_cgroup(unsigned int i, struct err *e)
{
	const struct service *s = machine_row(i);
	struct kit *k = &machine.run[i].kit;
	int fd, rc;

	if (machine.cgroup_fd < 0)
		return err_set(e, ENODEV, "there are no cgroups; see the start of this report");
	rc = k->killed ? remove_cgroup(k, s, e) : 0;
	if (rc)
		return rc;
	if (k->cgroup_fd < 0) {
		fd = cgroup_make(machine.cgroup_fd, s->name, e);
		if (fd < 0)
			return fd;
		k->cgroup_fd = fd;
	}
	if (k->events_fd < 0) {
		fd = cgroup_events_open(k->cgroup_fd, e);
		if (fd < 0)
			return fd;
		rc = loop_add(fd, EPOLLPRI, SOURCE_CGROUP, i, e);
		if (rc) {
			close(fd);
			return rc;
		}
		k->events_fd = fd;
	}
	return k->limits_set ? 0 : set_limits(k, s, e);
}

static int device_rule(const char *path, unsigned int access, struct devrule *r, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return err_set(e, errno, "%s: no such device on this machine (yet)", path);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(e, ENODEV, "%s is not a device", path);
	*r = (struct devrule){ .type = S_ISCHR(st.st_mode) ? DEVRULE_CHAR : DEVRULE_BLOCK,
			       .major = major(st.st_rdev),
			       .minor = minor(st.st_rdev) };
	if (access & DEV_READ)
		r->access |= DEVRULE_READ;
	if (access & DEV_WRITE)
		r->access |= DEVRULE_WRITE;
	return 0;
}

static int attach_devices(struct kit *k, const struct service *s, struct err *e)
{
	struct devrule rules[DEVICES_MAX + 1];
	const char *tty = service_str(s, s->tty_path);
	unsigned int n;
	int rc;

	if (k->devices_set)
		return 0;
	for (n = 0; n < s->device_allow.n; n++) {
		rc = device_rule(service_str(s, s->device_allow.at[n].path),
				 s->device_allow.at[n].access, &rules[n], e);
		if (rc)
			return rc;
	}
	if (*tty) {
		rc = device_rule(tty, DEV_READ | DEV_WRITE, &rules[n], e);
		if (rc)
			return rc;
		n++;
	}
	rc = bpf_attach_devices(k->cgroup_fd, rules, n, s->pty, e);
	if (!rc)
		k->devices_set = true;
	return rc;
}

/* One of our own programs is executed from an fd: it is not in the jail's view. */
static int open_program(struct kit *k, const struct service *s, struct err *e)
{
	const char *word = service_list_next(s, s->exec_start, NULL);
	char path[128];

	if (k->program_fd >= 0)
		return 0;
	if (!word || !str_starts(word, "jailinit:")) {
		k->program_fd = fcntl(machine.null_fd, F_DUPFD_CLOEXEC, 0);
		return k->program_fd < 0 ? err_set(e, errno, "dup of /dev/null") : 0;
	}
	word += strlen("jailinit:");
	if (!*word || strchr(word, '/'))
		return err_set(e, EINVAL, "ExecStart=jailinit:%s: wanted a name in %s", word,
			       INIT_PROGRAM_DIR);
	snprintf(path, sizeof(path), INIT_PROGRAM_DIR "/%s", word);
	k->program_fd = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	return k->program_fd < 0 ? err_set(e, errno, "open %s", path) : 0;
}

/* Fail closed: a row without a filter does not start. */
static int read_filter(struct launch_record *r, const struct service *s, struct err *e)
{
	static char raw[sizeof(r->filter) + 1];
	char path[96];
	ssize_t n;

	snprintf(path, sizeof(path), INIT_FILTER_DIR "/%s.bpf", s->name);
	n = fd_read_file_bounded(AT_FDCWD, path, raw, sizeof(raw), e);
	if (n < 0)
		return (int)n;
	if (n == 0 || (size_t)n % sizeof(struct sock_filter))
		return err_set(e, EINVAL,
			       "%s: wanted 1 to %d instructions of %zu bytes, found %zd bytes",
			       path, FILTER_MAX, sizeof(struct sock_filter), n);
	memcpy(r->filter, raw, (size_t)n);
	r->filter_len = (uint16_t)((size_t)n / sizeof(struct sock_filter));
	return 0;
}

/* SocketFrom=: whose directory, whose group. */
static int resolve_sockets(struct launch_record *r, const struct service *s, struct err *e)
{
	const struct service *peer;
	const char *name = NULL;
	uint32_t n = 0;
	int i;

	while ((name = service_list_next(s, s->socket_from, name))) {
		i = table_find(&machine.table, name);
		if (i < 0 || n == DEPENDS_MAX)
			return err_set(e, ENOENT, "SocketFrom=%s: no such service in the table",
				       name);
		peer = machine_row((unsigned int)i);
		r->socket_from_gid[n] = peer->gid;
		if (!peer->runtime_directory ||
		    str_copy(r->socket_from_dir[n], SERVICE_NAME_MAX,
			     service_str(peer, peer->runtime_directory)))
			return err_set(e, EINVAL,
				       "SocketFrom=%s: it has no RuntimeDirectory=", name);
		n++;
	}
	r->n_socket_from = n;
	return 0;
}

static void name_extras(struct launch_record *r, const struct service *s)
{
	struct strbuf names;
	unsigned int i;

	strbuf_init(&names, r->extra_names, sizeof(r->extra_names));
	if (s->control_socket)
		strbuf_add(&names, "control");
	if (s->duty != DUTY_LOG)
		return;
	for (i = 0; i < machine.table.n; i++)
		strbuf_addf(&names, "%s%s.pipe:%s.ring", names.len ? ":" : "", machine_row(i)->name,
			    machine_row(i)->name);
	/* The order is the contract; names are given only if all of them fit. */
	if (names.full)
		memset(r->extra_names, 0, sizeof(r->extra_names));
}

static int fill_record(struct launch_record *r, const struct service *s, struct err *e)
{
	int rc;

	memset(r, 0, sizeof(*r));
	r->magic = LAUNCH_MAGIC;
	r->size = sizeof(*r);
	r->n_listen = (uint16_t)(s->listen_stream.n + s->listen_datagram.n);
	r->n_extra = (uint16_t)((s->control_socket ? 1 : 0) +
				(s->duty == DUTY_LOG ? 2 * machine.table.n : 0));
	r->verbose = machine.cmdline.debug;
	str_copy(r->firmware, sizeof(r->firmware), FIRMWARE_DIR);
	str_copy(r->data, sizeof(r->data), DATA_SERVICES);
	str_copy(r->run, sizeof(r->run), INIT_RUN_DIR);
	str_copy(r->jailctl, sizeof(r->jailctl), INIT_PROGRAM_DIR "/jailctl");
	str_copy(r->staging, sizeof(r->staging), INIT_STAGING_DIR);
	name_extras(r, s);
	r->service = *s;
	rc = resolve_sockets(r, s, e);
	return rc ? rc : read_filter(r, s, e);
}

static int make_record(struct kit *k, const struct service *s, struct err *e)
{
	struct launch_record *r;
	int fd, rc;

	if (k->record)
		return 0;
	fd = memfd_make("record", sizeof(*r), e);
	if (fd < 0)
		return fd;
	r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (r == MAP_FAILED) {
		rc = err_set(e, errno, "map the launch record");
		close(fd);
		return rc;
	}
	rc = fill_record(r, s, e);
	if (rc) {
		munmap(r, sizeof(*r));
		close(fd);
		return rc;
	}
	k->record = r;
	k->record_fd = fd;
	return 0;
}

/*
 * A peer's view of it must survive restarts, so it is PID 1's; the launcher shows it in the jail.
 */
static int make_runtime_directory(const struct service *s, struct err *e)
{
	char path[96];

	if (!s->runtime_directory)
		return 0;
	snprintf(path, sizeof(path), INIT_RUN_DIR "/%s", service_str(s, s->runtime_directory));
	if (mkdir(path, 0700) < 0) {
		if (errno == EEXIST)
			return 0;
		return err_set(e, errno, "make %s", path);
	}
	if (chown(path, s->uid, s->gid) < 0 || chmod(path, s->runtime_directory_mode) < 0)
		return err_set(e, errno, "hand %s to uid %u", path, s->uid);
	return 0;
}

int kit_make(unsigned int i, struct err *e)
{
	const struct service *s = machine_row(i);
	struct kit *k = &machine.run[i].kit;

	if (make_cgroup(i, e))
		return err_step(e, "cgroup");
	if (attach_devices(k, s, e))
		return err_step(e, "device filter");
	if (logs_make(i, e))
		return err_step(e, "log");
	if (make_runtime_directory(s, e))
		return err_step(e, "runtime directory");
	if (open_program(k, s, e))
		return err_step(e, "program");
	if (make_record(k, s, e))
		return err_step(e, "launch record");
	return 0;
}

void kit_seal_record(unsigned int i, bool state_volatile)
{
	struct launch_record *r = machine.run[i].kit.record;
	const size_t start = offsetof(struct launch_record, crc) + sizeof(r->crc);

	/* Nothing else changes, and what changes by itself is to be found out by the launcher. */
	if (r->crc && r->state_volatile == state_volatile)
		return;
	r->state_volatile = state_volatile;
	r->crc = crc32_add(0, (const char *)r + start, sizeof(*r) - start);
}
