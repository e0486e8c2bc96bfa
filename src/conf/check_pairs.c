/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "conf/check.h"
#include "conf/enums.h"

static bool is_v4_mapped(const struct listen_addr *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return a->family == LISTEN_INET6 && !memcmp(a->addr, prefix, sizeof(prefix));
}

static bool is_any(const struct listen_addr *a)
{
	static const uint8_t zero[16];

	return !memcmp(a->addr, zero, a->family == LISTEN_INET6 ? 16 : 4);
}

/* Would the second bind(2) of these two end with EADDRINUSE? [::] takes IPv4 too, see ipv6(7). */
static bool clash(const struct listen_addr *a, const struct listen_addr *b)
{
	bool a4 = a->family == LISTEN_INET || is_v4_mapped(a);
	bool b4 = b->family == LISTEN_INET || is_v4_mapped(b);

	if (a->port != b->port)
		return false;
	if (a->family == LISTEN_INET6 && is_any(a))
		return true;
	if (b->family == LISTEN_INET6 && is_any(b))
		return true;
	if (a4 != b4)
		return false;
	if (!a4)
		return !memcmp(a->addr, b->addr, 16);
	return is_any(a) || is_any(b) ||
	       !memcmp(a->addr + (a->family == LISTEN_INET ? 0 : 12),
		       b->addr + (b->family == LISTEN_INET ? 0 : 12), 4);
}

/* Sockets of @l against those of another row, or against the later ones of the same. */
static void check_ports(struct checker *c, uint32_t row, uint32_t other, const char *key,
			const struct listens *l, const struct listens *m)
{
	for (unsigned int i = 0; i < l->n; i++)
		for (unsigned int k = row == other ? i + 1 : 0; k < m->n; k++)
			if (clash(&l->at[i], &m->at[k]))
				check_report(
					c, (int)row, key,
					"wanted a port of its own, found %u also in [service %s]",
					l->at[i].port, c->t->service[other].name);
}

/* Text that at most one row may have. */
static void check_text(struct checker *c, uint32_t row, uint32_t other, const char *key,
		       uint16_t mine, uint16_t theirs)
{
	const struct service *a = &c->t->service[row], *b = &c->t->service[other];

	if (mine && !strcmp(service_str(a, mine), service_str(b, theirs)))
		check_report(c, (int)row, key,
			     "wanted one of its own, found '%s' also in [service %s]",
			     service_str(a, mine), b->name);
}

static void check_pair(struct checker *c, uint32_t row, uint32_t other)
{
	const struct service *a = &c->t->service[row], *b = &c->t->service[other];

	if (a->uid == b->uid && a->uid != USER_AUTO)
		check_report(c, (int)row, "User",
			     "wanted a number of its own, found %u also in [service %s]", a->uid,
			     b->name);
	if (a->duty && a->duty == b->duty)
		check_report(c, (int)row, "Duty",
			     "wanted in one row, found %s also in [service %s]",
			     enum_names_duty[a->duty], b->name);
	check_text(c, row, other, "StateDirectory", a->state_directory, b->state_directory);
	check_text(c, row, other, "RuntimeDirectory", a->runtime_directory, b->runtime_directory);
	check_text(c, row, other, "TTYPath", a->tty_path, b->tty_path);
	check_ports(c, row, other, "ListenStream", &a->listen_stream, &b->listen_stream);
	check_ports(c, row, other, "ListenDatagram", &a->listen_datagram, &b->listen_datagram);
}

void check_pairs(struct checker *c)
{
	const struct service *s = c->t->service;

	for (uint32_t i = 0; i < c->t->n; i++) {
		if (!check_has(c, i))
			continue;
		check_ports(c, i, i, "ListenStream", &s[i].listen_stream, &s[i].listen_stream);
		check_ports(c, i, i, "ListenDatagram", &s[i].listen_datagram,
			    &s[i].listen_datagram);
		for (uint32_t k = 0; k < i; k++)
			if (check_has(c, k))
				check_pair(c, i, k);
	}
}
