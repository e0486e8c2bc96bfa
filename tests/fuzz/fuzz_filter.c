/* SPDX-License-Identifier: MIT */
/*
 * The BPF interpreter: a program that the checker takes runs to a return within its own length. The
 * input is struct seccomp_data, then instructions.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gen/seccomp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sock_filter *insn;
	struct run_trace trace = { 0, 0 };
	struct seccomp_data d;
	struct err e = ERR_NONE;
	uint32_t n;

	if (len < sizeof(d))
		return 0;
	memcpy(&d, data, sizeof(d));
	n = (uint32_t)((len - sizeof(d)) / sizeof(*insn));
	insn = malloc(n ? n * sizeof(*insn)
			: 1); /* exactly as long, so that a step beyond it is seen */
	memcpy(insn, data + sizeof(d), n * sizeof(*insn));
	if (program_check(insn, n, &e) == 0) {
		program_run(insn, n, &d, &trace);
		if (trace.steps > n)
			abort();
	} else if (strlen(e.text) == 0) {
		abort();
	}
	free(insn);
	return 0;
}
