/* SPDX-License-Identifier: MIT */
/* /proc/PID/mountinfo: it ends, every text it gives is terminated, and a mount that is not the row's never passes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "launch/mountinfo.h"
#include "launch/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void read_lines(const char *text, size_t len)
{
	const char *at = text;
	struct err e = ERR_NONE;
	struct mountinfo m;
	size_t lines = 0;
	int rc;

	while ((rc = mountinfo_next(&at, text + len, &m, &e)) == 1) {
		if (++lines > len || !m.root[0] || !m.target[0] || !m.type[0])
			abort();
		if (strnlen(m.root, sizeof(m.root)) == sizeof(m.root) ||
		    strnlen(m.target, sizeof(m.target)) == sizeof(m.target) ||
		    strnlen(m.type, sizeof(m.type)) == sizeof(m.type) ||
		    strnlen(m.super, sizeof(m.super)) == sizeof(m.super))
			abort();
	}
	if ((rc == 0) != (at == text + len && e.num == 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct launch_record record = { .service = { .name = "web" } };
	static struct verify_result result;
	struct verify v = { .record = &record, .result = &result };
	struct err e = ERR_NONE;
	char *text = malloc(len ? len : 1); /* exactly as long, so that a step beyond it is seen */

	memcpy(text, data, len);
	read_lines(text, len);
	memset(&result, 0, sizeof(result));
	verify_mounts(&v, text, len, &e);
	if (verify_result_check(&result, sizeof(result), &e) < 0)
		abort();
	free(text);
	return 0;
}
