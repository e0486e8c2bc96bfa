/* SPDX-License-Identifier: MIT */
#include "ipc/verify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct verify_result) < 32768, "it fits into a pipe and into one packet");

/* The place for one more check, NULL if there is none for it. */
static struct verify_check *find_place(struct verify_result *r, bool ok)
{
	if (r->n < VERIFY_CHECKS_MAX)
		return &r->check[r->n++];
	for (uint32_t i = VERIFY_CHECKS_MAX; !ok && i > 0; i--)
		if (!r->check[i - 1].failed)
			return &r->check[i - 1];
	return NULL;
}

void verify_add(struct verify_result *r, bool ok, const char *what, const char *declared,
		const char *effective)
{
	struct verify_check *c = find_place(r, ok);

	r->n_checks++;
	r->n_failed += !ok;
	if (!c)
		return;
	memset(c, 0, sizeof(*c));
	c->failed = !ok;
	snprintf(c->what, sizeof(c->what), "%s", what);
	snprintf(c->declared, sizeof(c->declared), "%s", declared);
	snprintf(c->effective, sizeof(c->effective), "%s", effective);
}

static void sanitise(char *text, size_t size)
{
	text[size - 1] = '\0';
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

int verify_result_check(struct verify_result *r, size_t len, struct err *e)
{
	uint32_t failed = 0;

	if (len != sizeof(*r))
		return err_set(e, EBADMSG, "verify: wanted a result of %zu bytes, found %zu",
			       sizeof(*r), len);
	if (r->gone > 1 || r->n > VERIFY_CHECKS_MAX || r->n > r->n_checks ||
	    r->n_failed > r->n_checks)
		return err_set(e, EBADMSG,
			       "verify: %u checks, %u failed, %u told: that is no result",
			       r->n_checks, r->n_failed, r->n);
	if (r->err.num)
		err_sanitise(&r->err);
	else
		r->err = ERR_NONE;
	for (uint32_t i = 0; i < r->n; i++) {
		struct verify_check *c = &r->check[i];

		c->failed = !!c->failed;
		failed += c->failed;
		sanitise(c->what, sizeof(c->what));
		sanitise(c->declared, sizeof(c->declared));
		sanitise(c->effective, sizeof(c->effective));
	}
	if (failed > r->n_failed || (failed < r->n_failed && failed < r->n))
		return err_set(e, EBADMSG, "verify: %u checks failed, but %u of them are told",
			       r->n_failed, failed);
	return 0;
}

bool verify_holds(const struct verify_result *r)
{
	return !r->gone && !r->err.num && r->n_checks > 0 && r->n_failed == 0;
}

int verify_explain(const struct verify_result *r, struct err *e)
{
	const struct verify_check *c = r->check;

	*e = r->err;
	if (e->num)
		err_prefix(e, "the jail could not be read back");
	else if (r->n_failed == 0)
		err_set(e, EPROTO, "the jail could not be read back: nothing was compared");
	for (uint32_t i = 0; !e->num && i < r->n; i++, c++)
		if (c->failed)
			err_set(e, EPROTO, "%s: declared %s, found %s (%u of %u checks failed)",
				c->what, c->declared, c->effective, r->n_failed, r->n_checks);
	return err_step(e, "verify");
}
