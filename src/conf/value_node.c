/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "conf/value.h"

/*
 * The types that name a thing outside of the jail: LISTENS (sockets) and DEVICES. One entry a line.
 */

/* ADDRESS:PORT, [ADDRESS]:PORT or PORT alone, which is [::]:PORT and takes IPv4 connections too. */
static bool parse_address(const char *text, struct listen_addr *a)
{
	char host[INET6_ADDRSTRLEN + 2];
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	uint64_t port;

	memset(a, 0, sizeof(*a));
	if (num_parse_u64(colon ? colon + 1 : text, 1, UINT16_MAX, &port))
		return false;
	a->port = (uint16_t)port;
	a->family = LISTEN_INET6;
	if (!colon)
		return true;
	if (n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		return inet_pton(AF_INET6, host + 1, a->addr) == 1;
	}
	a->family = LISTEN_INET;
	return inet_pton(AF_INET, host, a->addr) == 1;
}

int value_parse_listens(const struct target *t, const char *text, struct err *e)
{
	struct listens *l = t->field;
	struct listen_addr a;

	if (!*text)
		return 0;
	if (!parse_address(text, &a))
		return value_refuse(t->key, text, e);
	if (l->n >= LISTEN_MAX)
		return err_set(e, EINVAL, "wanted at most %d lines, found more", LISTEN_MAX);
	l->at[l->n++] = a;
	return 0;
}

static struct listens load_listens(const struct view *v, const struct key *k)
{
	struct listens l;

	memcpy(&l, (const char *)v->base + k->offset, sizeof(l));
	return l;
}

int value_print_listens(const struct view *v, const struct key *k, unsigned int line,
			struct strbuf *b)
{
	struct listens l = load_listens(v, k);
	char host[INET6_ADDRSTRLEN];

	if (line >= l.n)
		return -ENOENT;
	if (l.at[line].family == LISTEN_INET6) {
		inet_ntop(AF_INET6, l.at[line].addr, host, sizeof(host));
		strbuf_addf(b, "[%s]:%u", host, l.at[line].port);
	} else {
		inet_ntop(AF_INET, l.at[line].addr, host, sizeof(host));
		strbuf_addf(b, "%s:%u", host, l.at[line].port);
	}
	return 0;
}

bool value_valid_listens(const struct view *v, const struct key *k)
{
	struct listens l = load_listens(v, k);

	if (l.n > LISTEN_MAX)
		return false;
	for (unsigned int i = 0; i < l.n; i++)
		if (!l.at[i].port || l.at[i].pad ||
		    (l.at[i].family != LISTEN_INET && l.at[i].family != LISTEN_INET6))
			return false;
	return true;
}

static bool is_node(const char *s)
{
	return value_is_path(s) && str_starts(s, "/dev/");
}

static const char *const access_names[] = {
	[DEV_READ] = "r",
	[DEV_WRITE] = "w",
	[DEV_READ | DEV_WRITE] = "rw",
};

int value_parse_devices(const struct target *t, const char *text, struct err *e)
{
	struct devices *d = t->field;
	char node[SERVICE_POOL_MAX], access[4];
	const char *rest = text;
	uint16_t mask = DEV_READ, off;
	int rc;

	if (!*text)
		return 0;
	if (str_word(&rest, node, sizeof(node)) <= 0 || !is_node(node) ||
	    str_word(&rest, access, sizeof(access)) <= 0 || *rest)
		return value_refuse(t->key, text, e);
	while (mask <= (DEV_READ | DEV_WRITE) && strcmp(access_names[mask], access) != 0)
		mask++;
	if (mask > (DEV_READ | DEV_WRITE))
		return value_refuse(t->key, text, e);
	if (d->n >= DEVICES_MAX)
		return err_set(e, EINVAL, "wanted at most %d lines, found more", DEVICES_MAX);
	rc = record_add_text(t->record, t->number, node, &off);
	if (rc)
		return rc;
	d->at[d->n++] = (struct device){ .path = off, .access = mask };
	return 0;
}

static struct devices load_devices(const struct view *v, const struct key *k)
{
	struct devices d;

	memcpy(&d, (const char *)v->base + k->offset, sizeof(d));
	return d;
}

int value_print_devices(const struct view *v, const struct key *k, unsigned int line,
			struct strbuf *b)
{
	struct devices d = load_devices(v, k);

	if (line >= d.n)
		return -ENOENT;
	strbuf_addf(b, "%s %s", v->pool + d.at[line].path, access_names[d.at[line].access]);
	return 0;
}

bool value_valid_devices(const struct view *v, const struct key *k)
{
	struct devices d = load_devices(v, k);

	if (d.n > DEVICES_MAX)
		return false;
	for (unsigned int i = 0; i < d.n; i++) {
		const char *path = value_text_at(v, d.at[i].path);

		if (!path || !is_node(path) || d.at[i].access < DEV_READ ||
		    d.at[i].access > (DEV_READ | DEV_WRITE))
			return false;
	}
	return true;
}
