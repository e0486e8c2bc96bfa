/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "gen/seccomp.h"

#define VALUES_MAX 8192
#define NR_ALL	   1024

struct values {
	unsigned int n;
	uint64_t value[VALUES_MAX];
};

struct proving {
	const struct program *ours, *allow, *narrow;
	struct proof *proof;
	struct err *e;
	bool rules; /* of a profile */
};

static void add_value(struct values *v, uint64_t value)
{
	for (unsigned int i = 0; i < v->n; i++)
		if (v->value[i] == value)
			return;
	if (v->n == VALUES_MAX)
		abort(); /* far more than a program has constants */
	v->value[v->n++] = value;
}

static int compare(struct proving *s, const struct seccomp_data *d)
{
	struct run_trace trace;
	uint32_t ours = program_run(s->ours->insn, s->ours->n, d, &trace);
	uint32_t theirs = program_stricter(program_run(s->allow->insn, s->allow->n, d, NULL),
					   program_run(s->narrow->insn, s->narrow->n, d, NULL));

	s->proof->runs++;
	if (trace.steps > s->proof->depth_max)
		s->proof->depth_max = trace.steps;
	if (ours == theirs)
		return 0;
	return err_set(
		s->e, EINVAL,
		"filter: machine %#x call %d args %#llx %#llx %#llx: ours says %#x, "
		"libseccomp's %#x; %s",
		d->arch, d->nr, (unsigned long long)d->args[0], (unsigned long long)d->args[1],
		(unsigned long long)d->args[2], ours, theirs,
		s->rules ? "the rules of this call in SeccompProfile= overlap, make each value "
			   "fall under one of them"
			 : "this is a fault of jail-gen, please report it");
}

/* Every constant that a program compares an argument (or the number) with, and its neighbours. */
static void collect(struct values *v, const struct program *p)
{
	for (uint32_t i = 0; i < p->n; i++) {
		const struct sock_filter *f = &p->insn[i];
		bool mask = f->code == (BPF_ALU | BPF_AND | BPF_K);

		if ((BPF_CLASS(f->code) != BPF_JMP || BPF_OP(f->code) == BPF_JA) && !mask)
			continue;
		add_value(v, f->k);
		add_value(v, f->k + 1);
		add_value(v, f->k - 1);
		add_value(v, f->k >> 1);
		add_value(v, ~f->k);
	}
}

/* Numbers: all that can be, and around every constant of the three programs. */
static int prove_numbers(struct proving *s, struct seccomp_data *d, const struct values *constants)
{
	static const uint32_t bases[] = {
		0, 0xf0000, 0x40000000, 0x80000000, 0xc0000000, 0xfffffc00
	};
	int r = 0;

	for (size_t b = 0; b < sizeof(bases) / sizeof(bases[0]); b++)
		for (uint32_t nr = 0; r == 0 && nr < NR_ALL; nr++) {
			d->nr = (int)(bases[b] + nr);
			r = compare(s, d);
		}
	for (unsigned int i = 0; r == 0 && i < constants->n; i++) {
		d->nr = (int)constants->value[i];
		r = compare(s, d);
	}
	return r;
}

/* Which words any of the three programs looks at, for this very input. */
static uint16_t words_seen(const struct proving *s, const struct seccomp_data *d)
{
	struct run_trace ours, allow, narrow;

	program_run(s->ours->insn, s->ours->n, d, &ours);
	program_run(s->allow->insn, s->allow->n, d, &allow);
	program_run(s->narrow->insn, s->narrow->n, d, &narrow);
	return (uint16_t)((ours.words | allow.words | narrow.words) & TRACE_WORDS_ARGS);
}

static int prove_pairs(struct proving *s, struct seccomp_data *d, const struct values *v,
		       unsigned int a, unsigned int b)
{
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < v->n; i++) {
		d->args[a] = v->value[i];
		for (unsigned int k = 0; r == 0 && k < v->n; k++) {
			d->args[b] = v->value[k];
			r = compare(s, d);
		}
	}
	d->args[a] = d->args[b] = 0;
	return r;
}

/*
 * One number: nothing to do if nothing looks at arguments, else all pairs of values of the
 * arguments that are seen.
 */
static int prove_arguments(struct proving *s, struct seccomp_data *d, const struct values *v)
{
	uint16_t seen, before;
	int r = 0;

	memset(d->args, 0, sizeof(d->args));
	seen = words_seen(s, d);
	do { /* a value of one argument may lead to where another one is looked at */
		before = seen;
		for (unsigned int a = 0; a < 6; a++) {
			for (unsigned int i = 0; (seen & TRACE_WORD_ARG(a)) && i < v->n; i++) {
				d->args[a] = v->value[i];
				seen |= words_seen(s, d);
			}
			d->args[a] = 0;
		}
	} while (seen != before);
	for (unsigned int a = 0; r == 0 && a < 6; a++)
		for (unsigned int b = 0; r == 0 && b < 6; b++)
			if ((seen & TRACE_WORD_ARG(a)) &&
			    (b == (a + 1) % 6 || (seen & TRACE_WORD_ARG(b))) && a != b)
				r = prove_pairs(s, d, v, a, b);
	return r;
}

static void add_chain(struct values *v, const struct chain *c)
{
	for (unsigned int i = 0; i < c->n; i++)
		for (unsigned int k = 0; k < c->rule[i].n; k++) {
			const struct test *t = &c->rule[i].test[k];

			add_value(v, t->value);
			add_value(v, t->value + 1);
			add_value(v, t->value - 1);
			add_value(v, ~t->value);
			if (t->mask == UINT64_MAX)
				continue;
			add_value(v, t->mask);
			add_value(v, ~t->mask);
			add_value(v, t->value | ~t->mask);
			for (uint64_t bit = 1; bit; bit <<= 1) {
				if (!(t->mask & bit))
					continue;
				add_value(v, bit);
				add_value(v, t->value ^ bit);
			}
		}
}

/*
 * Which constants argument values are made of: those of the conditions on this very call, not of
 * the search for numbers.
 */
static void argument_values(struct values *v, const struct policy *p, int nr)
{
	static const uint64_t plain[] = {
		0, 1, 2, 3, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe
	};
	const struct calls *const sets[] = { &p->allow, &p->absent };
	static struct chain c;
	unsigned int n;

	v->n = 0;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		add_value(v, plain[i]);
	for (size_t s = 0; s < 2; s++)
		for (unsigned int i = 0; i < sets[s]->n; i++) {
			const struct call *call = &sets[s]->call[i];

			if (call->nr != nr)
				continue;
			base_chain(&c, p, call);
			add_chain(v, &c);
			wall_chain(&c, p, call->name);
			add_chain(v, &c);
			for (uint32_t f = 0; wall_is_family(call->name) && f < FAMILIES_MAX; f++)
				add_value(v, f);
		}
	n = v->n;
	for (unsigned int i = 0; i < n; i++) {
		if (!(p->arch & __AUDIT_ARCH_64BIT)) { /* no high halves there */
			v->value[i] &= UINT32_MAX;
			continue;
		}
		add_value(v, v->value[i] ^ 1ull << 32);
		add_value(v, v->value[i] ^ 1ull << 63);
		add_value(v, v->value[i] | 0xffffffffull << 32);
	}
}

static int prove_machines(struct proving *s, const struct policy *p, const struct values *constants)
{
	static const uint32_t machines[] = {
		SCMP_ARCH_X86,	   SCMP_ARCH_X86_64, SCMP_ARCH_X32,	SCMP_ARCH_ARM,
		SCMP_ARCH_AARCH64, SCMP_ARCH_MIPS,   SCMP_ARCH_MIPS64,	SCMP_ARCH_PPC,
		SCMP_ARCH_PPC64,   SCMP_ARCH_S390,   SCMP_ARCH_RISCV64, 0,
		UINT32_MAX,
	};
	int r = 0;

	for (size_t m = 0; m < sizeof(machines) / sizeof(machines[0]); m++) {
		struct seccomp_data d = { .arch = machines[m] };

		if (r == 0 && machines[m] != p->arch)
			r = prove_numbers(s, &d, constants);
	}
	return r;
}

int prove_equal(const struct program *ours, const struct program *allow,
		const struct program *narrow, const struct policy *p, struct proof *out,
		struct err *e)
{
	struct proving s = { ours, allow, narrow, out, e, p->n_rules > 0 };
	static struct values constants, arguments;
	struct seccomp_data d = { .arch = p->arch };
	int r;

	memset(out, 0, sizeof(*out));
	constants.n = 0;
	collect(&constants, ours);
	collect(&constants, allow);
	collect(&constants, narrow);
	r = prove_numbers(&s, &d, &constants);
	if (r == 0)
		r = prove_machines(&s, p, &constants);
	for (int nr = 0; r == 0 && nr < NR_ALL; nr++) {
		d.nr = nr;
		argument_values(&arguments, p, nr);
		r = prove_arguments(&s, &d, &arguments);
	}
	return r;
}
