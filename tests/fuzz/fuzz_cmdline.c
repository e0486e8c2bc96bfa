/* SPDX-License-Identifier: MIT */
/* The kernel's command line: never fails, and every name it keeps is terminated. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/cmdline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct cmdline c;
	char *text = malloc(len ? len : 1); /* exactly as long, so that a step beyond it is seen */

	memcpy(text, data, len);
	memset(&c, 0xa5, sizeof(c));
	cmdline_parse(text, len, &c);
	free(text);
	if (c.n_skip > CMDLINE_SKIP_MAX)
		abort();
	for (unsigned int i = 0; i < c.n_skip; i++)
		if (strnlen(c.skip[i], sizeof(c.skip[i])) == sizeof(c.skip[i]) ||
		    !cmdline_skips(&c, c.skip[i]))
			abort();
	for (unsigned int i = 0; i < c.n_bad && i < CMDLINE_BAD_MAX; i++)
		for (unsigned int k = 0;; k++) {
			if (k == sizeof(c.bad[i]))
				abort();
			if (c.bad[i][k] == '\0')
				break;
			if ((unsigned char)c.bad[i][k] < 0x20 || c.bad[i][k] == 0x7f)
				abort();
		}
	return 0;
}
