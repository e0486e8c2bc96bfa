/* SPDX-License-Identifier: MIT */
/* jail-gen seccomp --list: a policy for a person to read. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gen/seccomp.h"

static void print_action(uint32_t action)
{
	uint32_t data = action & SECCOMP_RET_DATA;

	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		printf("allow");
		break;
	case SECCOMP_RET_LOG:
		printf("allow and log");
		break;
	case SECCOMP_RET_ERRNO:
		printf("%s", data ? err_name((int)data) : "errno 0");
		break;
	case SECCOMP_RET_TRAP:
		printf("trap");
		break;
	case SECCOMP_RET_KILL_THREAD:
		printf("kill the thread");
		break;
	default:
		printf("kill");
	}
}

static void print_test(const struct test *t)
{
	static const char *const ops[] = {
		[TEST_EQ] = "==", [TEST_NE] = "!=", [TEST_LT] = "<",
		[TEST_LE] = "<=", [TEST_GT] = ">",  [TEST_GE] = ">=",
	};

	printf("argument %u", t->arg);
	if (t->mask != UINT64_MAX)
		printf(" & %#" PRIx64, t->mask);
	printf(" %s %#" PRIx64, ops[t->op], t->value);
}

static void print_chain(const struct chain *c)
{
	for (unsigned int i = 0; i < c->n; i++) {
		printf("\t");
		print_action(c->rule[i].action);
		printf(" if ");
		for (unsigned int k = 0; k < c->rule[i].n; k++) {
			printf("%s", k ? " and " : "");
			print_test(&c->rule[i].test[k]);
		}
		printf("\n");
	}
}

static void print_call(const struct policy *p, const struct call *call)
{
	static struct chain chain;

	printf("%s\n", call->name);
	base_chain(&chain, p, call);
	print_chain(&chain);
	if (chain.otherwise != SECCOMP_RET_ALLOW) {
		printf("\t");
		print_action(chain.otherwise);
		printf(" otherwise\n");
	}
	if (wall_is_family(call->name)) {
		printf("\tone of the families below\n");
		return;
	}
	wall_chain(&chain, p, call->name);
	print_chain(&chain);
}

void policy_print(const struct policy *p)
{
	for (unsigned int i = 0; i < p->allow.n; i++)
		print_call(p, &p->allow.call[i]);
	for (unsigned int i = 0; i < p->absent.n; i++) {
		const struct call *c = &p->absent.call[i];
		static struct chain chain;

		printf("# ");
		print_action(c->action);
		printf(": %s\n", c->name);
		base_chain(&chain, p, c);
		print_chain(&chain);
	}
	for (unsigned int i = 0; i < p->n_families; i++)
		printf("# family: %u\n", p->family[i]);
	printf("# %u calls; all others: ", p->allow.n);
	print_action(p->deny);
	printf("\n");
}
