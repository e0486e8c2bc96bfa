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

/* Which calls are allowed, and those arguments of which only some values are. */
static int fill_allow(scmp_filter_ctx ctx, const struct policy *p)
{
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < p->allow.n; i++) {
		const struct check *c = policy_check(p->allow.call[i].name);

		if (!c || c->kind != CHECK_VALUES) {
			r = add_call(ctx, SCMP_ACT_ALLOW, p->allow.call[i].name, 0, NULL);
			continue;
		}
		for (unsigned int k = 0; r == 0 && k < c->n; k++) {
			struct scmp_arg_cmp equal = { c->arg, SCMP_CMP_EQ, c->value[k], 0 };

			r = add_call(ctx, SCMP_ACT_ALLOW, c->call, 1, &equal);
		}
	}
	for (unsigned int i = 0; r == 0 && i < p->absent.n; i++)
		r = add_call(ctx, SCMP_ACT_ERRNO(ENOSYS), p->absent.call[i].name, 0, NULL);
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

static int narrow_check(scmp_filter_ctx ctx, const struct policy *p, const struct check *c)
{
	struct scmp_arg_cmp low = { c->arg, SCMP_CMP_MASKED_EQ, UINT32_MAX, 0 };
	int r = 0;

	if (c->kind == CHECK_FAMILY)
		return narrow_family(ctx, p, c->call);
	for (unsigned int i = 0; r == 0 && c->kind == CHECK_NOT_LOW && i < c->n; i++) {
		low.datum_b = c->value[i];
		r = add_call(ctx, p->deny, c->call, 1, &low);
	}
	for (unsigned int bit = 0; r == 0 && c->kind == CHECK_NO_BITS && bit < 32; bit++) {
		if (!(c->value[0] & (1u << bit)))
			continue;
		low.datum_a = low.datum_b = 1u << bit;
		r = add_call(ctx, p->deny, c->call, 1, &low);
	}
	return r;
}

static int fill_narrow(scmp_filter_ctx ctx, const struct policy *p)
{
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < p->allow.n; i++) {
		const struct check *c = policy_check(p->allow.call[i].name);

		if (c)
			r = narrow_check(ctx, p, c);
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
	int r = make(allow, p->deny, fill_allow, p, e);

	return r < 0 ? r : make(narrow, SCMP_ACT_ALLOW, fill_narrow, p, e);
}
