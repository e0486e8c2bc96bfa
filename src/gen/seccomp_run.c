/* SPDX-License-Identifier: MIT */
/*
 * Classic BPF as seccomp takes it, interpreted; see linux/filter.h and
 * Documentation/userspace-api/seccomp_filter.rst.
 */
#include <errno.h>
#include <string.h>

#include "gen/seccomp.h"

/* The instructions that seccomp takes: a subset of classic BPF. */
static bool code_known(uint16_t code)
{
	switch (code) {
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
	case BPF_MISC | BPF_TAX:
	case BPF_MISC | BPF_TXA:
	case BPF_RET | BPF_K:
	case BPF_RET | BPF_A:
	case BPF_ALU | BPF_NEG:
	case BPF_JMP | BPF_JA:
		return true;
	}
	if (BPF_CLASS(code) == BPF_ALU)
		return (code & ~(BPF_ALU | BPF_X | 0x70)) ==
		       0; /* add sub mul div or and lsh rsh; neg has no X */
	if (BPF_CLASS(code) == BPF_JMP)
		return (code & ~(BPF_JMP | BPF_X | 0x70)) == 0 && BPF_OP(code) >= BPF_JEQ &&
		       BPF_OP(code) <= BPF_JSET;
	return false;
}

static bool insn_sound(const struct sock_filter *f, uint32_t left)
{
	if (!code_known(f->code))
		return false;
	switch (f->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return f->k % 4 == 0 && f->k < sizeof(struct seccomp_data);
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return f->k < BPF_MEMWORDS;
	case BPF_ALU | BPF_DIV | BPF_K:
		return f->k != 0;
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return f->k < 32;
	case BPF_JMP | BPF_JA:
		return f->k < left;
	}
	if (BPF_CLASS(f->code) == BPF_JMP)
		return f->jt < left && f->jf < left;
	return true;
}

/*
 * The kernel refuses a load from a memory word that some path leaves unset; here such a word is
 * simply 0, and a bitmap per instruction says what is set on every path to it.
 */
static bool memory_sound(const struct sock_filter *insn, uint32_t n)
{
	static uint16_t set[BPF_MAXINSNS + 1];
	uint16_t here = 0;

	memset(set, 0xff, sizeof(set));
	for (uint32_t i = 0; i < n; i++) {
		const struct sock_filter *f = &insn[i];

		here &= set[i];
		if (f->code == BPF_ST || f->code == BPF_STX) {
			here |= (uint16_t)(1u << f->k);
		} else if (f->code == (BPF_LD | BPF_MEM) || f->code == (BPF_LDX | BPF_MEM)) {
			if (!(here & (1u << f->k)))
				return false;
		} else if (f->code == (BPF_JMP | BPF_JA)) {
			set[i + 1 + f->k] &= here;
			here = 0xffff;
		} else if (BPF_CLASS(f->code) == BPF_JMP) {
			set[i + 1 + f->jt] &= here;
			set[i + 1 + f->jf] &= here;
			here = 0xffff;
		}
	}
	return true;
}

int program_check(const struct sock_filter *insn, uint32_t n, struct err *e)
{
	if (n == 0 || n > BPF_MAXINSNS)
		return err_set(e, EINVAL, "filter: %u instructions, wanted 1 to %d", n,
			       BPF_MAXINSNS);
	for (uint32_t i = 0; i < n; i++)
		if (!insn_sound(&insn[i], n - i - 1))
			return err_set(
				e, EINVAL,
				"filter: instruction %u (code %#x k %#x jt %u jf %u) is not sound",
				i, insn[i].code, insn[i].k, insn[i].jt, insn[i].jf);
	if (BPF_CLASS(insn[n - 1].code) != BPF_RET)
		return err_set(e, EINVAL, "filter: the last instruction is not a return");
	if (!memory_sound(insn, n))
		return err_set(e, EINVAL,
			       "filter: a memory word is read that may not have been written");
	return 0;
}

static uint32_t alu(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return a / b; /* the caller saw to b */
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_LSH:
		return a << (b & 31);
	case BPF_RSH:
		return a >> (b & 31);
	}
	return -a; /* BPF_NEG */
}

static bool jump_taken(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	}
	return (a & b) != 0; /* BPF_JSET */
}

uint32_t program_run(const struct sock_filter *insn, uint32_t n, const struct seccomp_data *d,
		     struct run_trace *trace)
{
	uint32_t a = 0, x = 0, mem[BPF_MEMWORDS] = { 0 };
	struct run_trace here = { 0, 0 };

	for (uint32_t i = 0; i < n; i++) {
		const struct sock_filter *f = &insn[i];
		uint32_t operand = BPF_SRC(f->code) == BPF_X ? x : f->k;

		here.steps++;
		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
			if (BPF_MODE(f->code) == BPF_ABS) {
				memcpy(&a, (const char *)d + f->k, sizeof(a));
				here.words |= (uint16_t)(1u << f->k / 4);
			} else if (BPF_MODE(f->code) == BPF_LEN) {
				a = sizeof(*d);
			} else {
				a = BPF_MODE(f->code) == BPF_MEM ? mem[f->k] : f->k;
			}
			break;
		case BPF_LDX:
			if (BPF_MODE(f->code) == BPF_LEN)
				x = sizeof(*d);
			else
				x = BPF_MODE(f->code) == BPF_MEM ? mem[f->k] : f->k;
			break;
		case BPF_ST:
			mem[f->k] = a;
			break;
		case BPF_STX:
			mem[f->k] = x;
			break;
		case BPF_MISC:
			if (BPF_MISCOP(f->code) == BPF_TAX)
				x = a;
			else
				a = x;
			break;
		case BPF_ALU:
			if (BPF_OP(f->code) == BPF_DIV && operand == 0)
				return SECCOMP_RET_KILL_THREAD; /* the kernel: return 0 */
			a = alu(BPF_OP(f->code), a, operand);
			break;
		case BPF_JMP:
			if (BPF_OP(f->code) == BPF_JA)
				i += f->k;
			else
				i += jump_taken(BPF_OP(f->code), a, operand) ? f->jt : f->jf;
			break;
		case BPF_RET:
			if (trace)
				*trace = here;
			return BPF_RVAL(f->code) == BPF_A ? a : f->k;
		}
	}
	return SECCOMP_RET_KILL_THREAD; /* not reached with a checked program */
}

uint32_t program_stricter(uint32_t a, uint32_t b)
{
	/* The action is compared as a signed number: KILL_PROCESS (0x80000000) is the strictest. */
	return (int32_t)(b & SECCOMP_RET_ACTION_FULL) < (int32_t)(a & SECCOMP_RET_ACTION_FULL) ? b
											       : a;
}
