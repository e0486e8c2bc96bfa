/* SPDX-License-Identifier: MIT */
/* The policy as libseccomp understands it. */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "gen/seccomp.h"

static int export(struct program *out, scmp_filter_ctx ctx)
{
	cleanup_fd int fd = memfd_create("filter", MFD_CLOEXEC);
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	n = fd_read_full(fd, out->insn, sizeof(out->insn));
	if (n < 0)
		return (int)n;
	out->n = (uint32_t)((size_t)n / sizeof(out->insn[0]));
	return 0;
}

/* A context for machine @arch alone; other machines are killed. NULL if libseccomp cannot. */
static scmp_filter_ctx start(uint32_t action, uint32_t arch)
{
	scmp_filter_ctx ctx = seccomp_init(action);
	int r = 0;

	if (!ctx)
		return NULL;
	if (seccomp_arch_native() != arch) {
		r = seccomp_arch_add(ctx, arch);
		if (r == 0)
			r = seccomp_arch_remove(ctx, seccomp_arch_native());
	}
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		return ctx;
	seccomp_release(ctx);
	return NULL;
}

static int add_call(scmp_filter_ctx ctx, uint32_t action, const char *name, unsigned int n,
		    const struct scmp_arg_cmp *args)
{
	return seccomp_rule_add_array(ctx, action, seccomp_syscall_resolve_name(name), n, args);
}

static uint32_t to_libseccomp(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
		return SCMP_ACT_ERRNO(action & SECCOMP_RET_DATA);
	case SECCOMP_RET_TRAP:
		return SCMP_ACT_TRAP;
	case SECCOMP_RET_LOG:
		return SCMP_ACT_LOG;
	case SECCOMP_RET_KILL_THREAD:
		return SCMP_ACT_KILL_THREAD;
	case SECCOMP_RET_KILL_PROCESS:
		return SCMP_ACT_KILL_PROCESS;
	}
	return SCMP_ACT_ALLOW;
}

static struct scmp_arg_cmp to_comparison(const struct test *t)
{
	static const enum scmp_compare ops[] = {
		[TEST_EQ] = SCMP_CMP_EQ, [TEST_NE] = SCMP_CMP_NE, [TEST_LT] = SCMP_CMP_LT,
		[TEST_LE] = SCMP_CMP_LE, [TEST_GT] = SCMP_CMP_GT, [TEST_GE] = SCMP_CMP_GE,
	};

	if (t->mask == UINT64_MAX)
		return (struct scmp_arg_cmp){ t->arg, ops[t->op], t->value, 0 };
	return (struct scmp_arg_cmp){ t->arg, SCMP_CMP_MASKED_EQ, t->mask, t->value };
}

/* libseccomp has no "any of these bits": a rule for each of them. */
static int add_rule(scmp_filter_ctx ctx, const char *name, const struct rule *r, unsigned int from)
{
	struct scmp_arg_cmp args[TESTS_MAX];
	int rc = 0;

	for (unsigned int i = from; i < r->n; i++) {
		if (r->test[i].op != TEST_NE || r->test[i].mask == UINT64_MAX)
			continue;
		for (uint64_t bit = 1; bit && rc == 0; bit <<= 1) {
			struct rule one = *r;

			if (!(r->test[i].mask & bit))
				continue;
			one.test[i] = (struct test){ r->test[i].arg, TEST_EQ, bit, bit };
			rc = add_rule(ctx, name, &one, i + 1);
		}
		return rc;
	}
	for (unsigned int i = 0; i < r->n; i++)
		args[i] = to_comparison(&r->test[i]);
	return add_call(ctx, to_libseccomp(r->action), name, r->n, args);
}

/* What the row or its profile says of each call; of one whose arguments decide, rule by rule. */
static int fill_allow(scmp_filter_ctx ctx, const struct policy *p)
{
	const struct calls *const sets[] = { &p->allow, &p->absent };
	int r = 0;

	for (size_t s = 0; s < 2; s++)
		for (unsigned int i = 0; r == 0 && i < sets[s]->n; i++) {
			const struct call *c = &sets[s]->call[i];

			for (unsigned int k = 0; r == 0 && k < c->n_rules; k++)
				r = add_rule(ctx, c->name, &p->rule[c->rule + k], 0);
			if (r == 0 && c->action != p->deny)
				r = add_call(ctx, to_libseccomp(c->action), c->name, 0, NULL);
		}
	return r;
}

/*
 * Every family that is not in the list: below the first, above the last, and one by one between
 * them.
 */
static int narrow_family(scmp_filter_ctx ctx, const struct policy *p, const char *name)
{
	const uint32_t refuse = SCMP_ACT_ERRNO(EAFNOSUPPORT);
	const struct scmp_arg_cmp route[] = {
		{ 0, SCMP_CMP_EQ, AF_NETLINK, 0 },
		{ 2, SCMP_CMP_NE, 0, 0 },
	};
	struct scmp_arg_cmp c = { 0, SCMP_CMP_LT, 0, 0 };
	int r;

	if (p->n_families == 0)
		return add_call(ctx, refuse, name, 0, NULL);
	c.datum_a = p->family[0];
	r = add_call(ctx, refuse, name, 1, &c);
	c = (struct scmp_arg_cmp){ 0, SCMP_CMP_GT, p->family[p->n_families - 1], 0 };
	if (r == 0)
		r = add_call(ctx, refuse, name, 1, &c);
	for (unsigned int i = 0; r == 0 && i < p->n_families; i++) {
		if (p->family[i] == AF_NETLINK)
			r = add_call(ctx, SCMP_ACT_ERRNO(EPROTONOSUPPORT), name, 2, route);
		for (uint32_t f = p->family[i] + 1;
		     r == 0 && i + 1 < p->n_families && f < p->family[i + 1]; f++) {
			c = (struct scmp_arg_cmp){ 0, SCMP_CMP_EQ, f, 0 };
			r = add_call(ctx, refuse, name, 1, &c);
		}
	}
	return r;
}

/* What the walls take away. */
static int fill_narrow(scmp_filter_ctx ctx, const struct policy *p)
{
	static struct chain wall;
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < p->allow.n; i++) {
		const char *name = p->allow.call[i].name;

		if (wall_is_family(name)) {
			r = narrow_family(ctx, p, name);
			continue;
		}
		wall_chain(&wall, p, name);
		for (unsigned int k = 0; r == 0 && k < wall.n; k++)
			r = add_rule(ctx, name, &wall.rule[k], 0);
	}
	return r;
}

static int make(struct program *out, uint32_t action,
		int (*fill)(scmp_filter_ctx, const struct policy *), const struct policy *p,
		struct err *e)
{
	scmp_filter_ctx ctx = start(action, p->arch);
	int r;

	if (!ctx)
		return err_set(e, ENOTSUP, "libseccomp makes no filter for machine %#x", p->arch);
	r = fill(ctx, p);
	if (r == 0)
		r = export(out, ctx);
	seccomp_release(ctx);
	if (r < 0)
		return err_set(e, r, "libseccomp could not make the filter");
	return 0;
}

int reference_make(struct program *allow, struct program *narrow, const struct policy *p,
		   struct err *e)
{
	int r = make(allow, to_libseccomp(p->deny), fill_allow, p, e);

	return r < 0 ? r : make(narrow, SCMP_ACT_ALLOW, fill_narrow, p, e);
}
