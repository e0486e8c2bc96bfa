/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "gen/wrap.h"

void wrap_print(FILE *out, const char *indent, unsigned int width, const char *text)
{
	size_t column = 0;

	while (*(text += strspn(text, " "))) {
		size_t n = strcspn(text, " ");

		if (column && column + 1 + n > width) {
			fputc('\n', out);
			column = 0;
		}
		fprintf(out, "%s%.*s", column ? " " : indent, (int)n, text);
		column += n + (column > 0);
		text += n;
	}
	if (column)
		fputc('\n', out);
}
