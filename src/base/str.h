/* SPDX-License-Identifier: MIT */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Copy @src with its NUL into @dst of @size bytes, and clear what is left of @dst (so that records
 * compare as bytes).
 * Returns 0, or -ENAMETOOLONG if it does not fit: @dst is then "".
 */
int str_copy(char *dst, size_t size, const char *src);

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/* Printable ASCII only (0x20 to 0x7e)? Nothing else can reach a console or a path from a table. */
bool str_printable(const char *s, size_t n);

/*
 * The next word of @*text, copied with its NUL into @word of @size; @*text moves behind it. Words
 * are parted by blanks. A word may be "quoted" as a whole, with \\ and \" inside; there is no other
 * expansion, and a backslash outside of quotes is itself.
 * Returns the length (0 for ""), -ENOENT when there is no more word, -EINVAL for a quote that is
 * not closed, stands inside a word or is followed by something else than a blank, or -ENAMETOOLONG.
 */
int str_word(const char **text, char *word, size_t size);

/*
 * Text that grows in a caller's buffer of fixed size. What does not fit is left out and remembered
 * in full; the text is always NUL-terminated (@size > 0).
 */
struct strbuf {
	char *buf;
	size_t size;
	size_t len;
	bool full;
};

void strbuf_init(struct strbuf *b, char *buf, size_t size);
void strbuf_add(struct strbuf *b, const char *s);
void strbuf_addn(struct strbuf *b, const char *s, size_t n);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Add @word so that str_word() reads it back: quoted only if it has to be. */
void strbuf_add_word(struct strbuf *b, const char *word);

#endif
