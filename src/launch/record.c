/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/crc32.h"
#include "launch/jail.h"

static bool text_ends(const char *text, size_t size)
{
	return memchr(text, '\0', size);
}

/* A path of the launcher's own files: absolute, or "" where the row needs none. */
static bool path_sound(const char path[LAUNCH_PATH_MAX])
{
	return text_ends(path, LAUNCH_PATH_MAX) && (path[0] == '/' || path[0] == '\0');
}

static int check_outer(const struct launch_record *r, struct err *e)
{
	const unsigned char *body = (const unsigned char *)&r->crc + sizeof(r->crc);
	uint32_t crc = crc32_add(0, body,
				 sizeof(*r) - offsetof(struct launch_record, crc) - sizeof(r->crc));

	if (r->magic != LAUNCH_MAGIC || r->size != sizeof(*r))
		return err_set(
			e, EPROTO,
			"launch record: magic %08x size %u, wanted %08x %zu: are jailinit and "
			"jail-launch from one build?",
			r->magic, r->size, LAUNCH_MAGIC, sizeof(*r));
	if (crc != r->crc)
		return err_set(e, EBADMSG, "launch record: checksum %08x, wanted %08x", crc,
			       r->crc);
	if (r->filter_len == 0 || r->filter_len > FILTER_MAX)
		return err_set(e, EPROTO,
			       "launch record: a filter of %u instructions, wanted 1 to %d",
			       r->filter_len, FILTER_MAX);
	if (r->n_listen > 2 * LISTEN_MAX || r->n_extra > LAUNCH_EXTRA_MAX ||
	    r->n_socket_from > DEPENDS_MAX)
		return err_set(e, EPROTO,
			       "launch record: %u sockets, %u fds, %u peers: out of bounds",
			       r->n_listen, r->n_extra, r->n_socket_from);
	if (!text_ends(r->extra_names, sizeof(r->extra_names)) || !path_sound(r->firmware) ||
	    !path_sound(r->data) || !path_sound(r->run) || !path_sound(r->jailctl) ||
	    !path_sound(r->staging))
		return err_set(e, EPROTO, "launch record: a path or a list of names is not sound");
	return 0;
}

/* "." and "..", and whatever else is not one plain component, would lead out of the directory it is
 * looked up in. */
static bool component_sound(const char *name, size_t size)
{
	return text_ends(name, size) && name[0] && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

static int check_service(const struct launch_record *r, struct err *e)
{
	const struct service *s = &r->service;

	if (!service_valid(s) || !component_sound(s->name, sizeof(s->name)))
		return err_set(e, EPROTO, "launch record: the row of the service is not sound");
	for (uint32_t i = 0; i < r->n_socket_from; i++)
		if (!component_sound(r->socket_from_dir[i], sizeof(r->socket_from_dir[i])))
			return err_set(e, EPROTO,
				       "launch record: the directory of peer %u is not a name", i);
	if (s->uid == USER_AUTO || s->gid == USER_AUTO)
		return err_set(e, EPROTO,
			       "launch record of %s: no number for User= or Group=", s->name);
	if (s->exec_start.n == 0)
		return err_set(e, EPROTO, "launch record of %s: no ExecStart=", s->name);
	if (r->n_listen != s->listen_stream.n + s->listen_datagram.n ||
	    r->n_socket_from != s->socket_from.n)
		return err_set(
			e, EPROTO,
			"launch record of %s: %u sockets and %u peers, the row has %u and %u",
			s->name, r->n_listen, r->n_socket_from,
			s->listen_stream.n + s->listen_datagram.n, s->socket_from.n);
	return 0;
}

int step_record(struct jail *j, struct err *e)
{
	struct stat st;
	void *map;
	int rc;

	if (fstat(LAUNCH_FD_RECORD, &st) < 0)
		return err_set(e, errno, "launch record: fd %d", LAUNCH_FD_RECORD);
	if (st.st_size < (off_t)sizeof(struct launch_record))
		return err_set(e, EPROTO, "launch record: %lld bytes, wanted %zu",
			       (long long)st.st_size, sizeof(struct launch_record));
	map = mmap(NULL, sizeof(struct launch_record), PROT_READ, MAP_SHARED | MAP_POPULATE,
		   LAUNCH_FD_RECORD, 0);
	if (map == MAP_FAILED)
		return err_set(e, errno, "launch record: map it");
	rc = check_outer(map, e);
	if (rc == 0)
		rc = check_service(map, e);
	if (rc < 0) {
		munmap(map, sizeof(struct launch_record));
		return rc;
	}
	j->record = map;
	j->service = &j->record->service;
	return 0;
}
