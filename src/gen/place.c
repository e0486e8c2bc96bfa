/* SPDX-License-Identifier: MIT */
#include "gen/place.h"

#include <stdio.h>
#include <string.h>

static bool line_has_word(const char *line, const char *end, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = line; at + n <= end; at++)
		if (memcmp(at, word, n) == 0 && strchr(" =~\"", at[-1]) &&
		    (at + n == end || strchr(" \"", at[n])))
			return true;
	return false;
}

struct word_place row_place_find(void *ctx, const char *word)
{
	struct row_place *place = ctx;
	struct word_place at = { place->file, 0, place->what };
	char header[SERVICE_NAME_MAX + 16];
	unsigned int line_number = 0;
	bool inside = false;

	snprintf(header, sizeof(header), "[service %s]", place->row->name);
	snprintf(place->what, sizeof(place->what), "row %s: ", place->row->name);
	for (const char *line = place->text; *line;) {
		const char *end = strchrnul(line, '\n'),
			   *equal = memchr(line, '=', (size_t)(end - line));

		line_number++;
		if (*line == '[')
			inside = strncmp(line, header, strlen(header)) == 0;
		if (inside && (*line == '[' || (equal && line_has_word(equal + 1, end, word)))) {
			at.line = line_number;
			if (*line != '[') {
				snprintf(place->what, sizeof(place->what), "row %s: %.*s",
					 place->row->name, (int)(equal + 1 - line), line);
				break;
			}
		}
		line = *end ? end + 1 : end;
	}
	return at;
}
