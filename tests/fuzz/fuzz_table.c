/* SPDX-License-Identifier: MIT */
/*
 * services.tab: whatever is intact is sound, passes the checks without harm, and what the printer
 * writes of it parses back to the same records. A fuzzer cannot guess checksums, so every End= line
 * gets the right one first, unless the text begins with '!'.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "conf/table.h"

#define TEXT_MAX (2 * TABLE_MAX_BYTES)

static char text[TEXT_MAX], printed[TEXT_MAX];
static struct table first, second;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/*
 * Copy a line; in an End= line, put the sum of the section that ends before it. Returns the bytes
 * written.
 */
static size_t copy_line(char *out, const char *line, size_t n, const char *section,
			size_t section_len)
{
	const char *blank = memchr(line, ' ', n);

	if (n < 5 || memcmp(line, "End=", 4) != 0 || !blank) {
		memcpy(out, line, n);
		return n;
	}
	n = (size_t)(blank - line);
	memcpy(out, line, n);
	return n + (size_t)sprintf(out + n, " %08x\n", crc32_add(0, section, section_len));
}

static size_t mend(const char *in, size_t len)
{
	size_t out = 0, section = 0;

	for (size_t at = 0; at < len;) {
		const char *end = memchr(in + at, '\n', len - at);
		size_t n = end ? (size_t)(end - in) + 1 - at : len - at;

		if (in[at] == '[')
			section = out;
		out += copy_line(text + out, in + at, n, text + section, out - section);
		at += n;
	}
	return out;
}

static size_t print_all(const struct table *t)
{
	int n = system_print(&t->system, printed, sizeof(printed));
	size_t len;

	if (n < 0)
		abort();
	len = (size_t)n;
	for (uint32_t i = 0; i < t->n; i++) {
		if (!t->intact[i])
			continue;
		if (!service_valid(&t->service[i]))
			abort();
		n = service_print(&t->service[i], printed + len, sizeof(printed) - len);
		if (n < 0)
			abort();
		len += (size_t)n;
	}
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err e = ERR_NONE;
	uint32_t n = 0;
	size_t size;

	/* An End= line grows by ten bytes at most. */
	if (len > TABLE_MAX_BYTES / 4)
		return 0;
	if (len > 0 && data[0] == '!') {
		size = len - 1;
		memcpy(text, data + 1, size);
	} else {
		size = mend((const char *)data, len);
	}
	if (table_parse(&first, "t", text, size, &e) == 0)
		table_check(&first, &e);
	if (!first.system_ok)
		return 0;
	size = print_all(&first);
	table_parse(&second, "t", printed, size,
		    &e); /* says so if rows have gone, by their number in [system] */
	if (!second.system_ok)
		abort();
	if (memcmp(&first.system, &second.system, sizeof(first.system)) != 0)
		abort();
	for (uint32_t i = 0; i < first.n; i++)
		if (first.intact[i] &&
		    memcmp(&first.service[i], &second.service[n++], sizeof(first.service[i])) != 0)
			abort();
	return n == second.n ? 0 : (abort(), 0);
}
