/* SPDX-License-Identifier: MIT */
#include "launch/mountinfo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A field of a line: bytes without a blank. */
struct field {
	const char *at;
	size_t len;
};

/* What stands before the separator "-", and after it. */
enum { FIELD_ROOT = 3, FIELD_TARGET = 4, FIELD_OPTIONS = 5, FIELD_OPTIONAL = 6 };

/* The next field of @line into @f; returns false at its end. */
static bool take_field(struct field *line, struct field *f)
{
	const char *blank;

	if (line->len == 0)
		return false;
	blank = memchr(line->at, ' ', line->len);
	f->at = line->at;
	f->len = blank ? (size_t)(blank - line->at) : line->len;
	line->at += f->len + (blank != NULL);
	line->len -= f->len + (blank != NULL);
	return true;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Copy with \ooo replaced. Returns 0, -EINVAL for another backslash or a NUL, or -ENAMETOOLONG. */
static int unescape(const struct field *f, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < f->len; i++, n++) {
		unsigned int c = (unsigned char)f->at[i];

		if (n + 1 >= size)
			return -ENAMETOOLONG;
		if (c == '\\') {
			if (f->len - i < 4 || f->at[i + 1] > '3' || !is_octal(f->at[i + 1]) ||
			    !is_octal(f->at[i + 2]) || !is_octal(f->at[i + 3]))
				return -EINVAL;
			c = (unsigned int)((f->at[i + 1] - '0') << 6 | (f->at[i + 2] - '0') << 3 |
					   (f->at[i + 3] - '0'));
			i += 3;
		}
		if (c == '\0')
			return -EINVAL;
		out[n] = (char)c;
	}
	out[n] = '\0';
	return n ? 0 : -EINVAL;
}

bool mountinfo_has(const char *options, const char *word)
{
	size_t n = strlen(word);

	while (*options) {
		size_t len = strcspn(options, ",");

		if (len == n && memcmp(options, word, n) == 0)
			return true;
		options += len + (options[len] == ',');
	}
	return false;
}

const char *mountinfo_flags_text(unsigned int flags, char text[MOUNTINFO_FLAGS_MAX])
{
	snprintf(text, MOUNTINFO_FLAGS_MAX, "%s%s%s%s", flags & MOUNT_RDONLY ? "ro" : "rw",
		 flags & MOUNT_NOSUID ? ",nosuid" : "", flags & MOUNT_NODEV ? ",nodev" : "",
		 flags & MOUNT_NOEXEC ? ",noexec" : "");
	return text;
}

static int parse_flags(const struct field *f, unsigned int *flags)
{
	char options[MOUNTINFO_PATH_MAX];
	int rc = unescape(f, options, sizeof(options));

	if (rc)
		return rc;
	if (mountinfo_has(options, "ro") == mountinfo_has(options, "rw"))
		return -EINVAL;
	*flags = (mountinfo_has(options, "ro") ? MOUNT_RDONLY : 0u) |
		 (mountinfo_has(options, "nosuid") ? MOUNT_NOSUID : 0u) |
		 (mountinfo_has(options, "nodev") ? MOUNT_NODEV : 0u) |
		 (mountinfo_has(options, "noexec") ? MOUNT_NOEXEC : 0u);
	return 0;
}

/* Type, source and options of the file system. */
static int parse_super(struct field *line, struct mountinfo *m)
{
	struct field type, source, super;
	int rc;

	if (!take_field(line, &type) || !take_field(line, &source) || !take_field(line, &super))
		return -EINVAL;
	rc = unescape(&type, m->type, sizeof(m->type));
	if (rc)
		return rc;
	/* Only words that we look for count here, and those of /proc are short. */
	if (super.len >= sizeof(m->super))
		super.len = sizeof(m->super) - 1;
	memcpy(m->super, super.at, super.len);
	m->super[super.len] = '\0';
	return 0;
}

static int parse_line(struct field line, struct mountinfo *m)
{
	struct field f;
	int rc = 0;

	memset(m, 0, sizeof(*m));
	if (memchr(line.at, '\0', line.len))
		return -EINVAL;
	for (unsigned int i = 0; !rc; i++) {
		if (!take_field(&line, &f))
			return -EINVAL;
		if (i == FIELD_ROOT)
			rc = unescape(&f, m->root, sizeof(m->root));
		else if (i == FIELD_TARGET)
			rc = unescape(&f, m->target, sizeof(m->target));
		else if (i == FIELD_OPTIONS)
			rc = parse_flags(&f, &m->flags);
		else if (i >= FIELD_OPTIONAL && f.len == 1 && *f.at == '-')
			return parse_super(&line, m);
		else if (i >= FIELD_OPTIONAL)
			m->peers = true;
	}
	return rc;
}

int mountinfo_next(const char **at, const char *end, struct mountinfo *m, struct err *e)
{
	struct field line = { *at, 0 };
	const char *newline;
	int rc;

	if (*at == end)
		return 0;
	newline = memchr(*at, '\n', (size_t)(end - *at));
	line.len = (size_t)((newline ? newline : end) - *at);
	*at = newline ? newline + 1 : end;
	rc = newline ? parse_line(line, m) : -EINVAL;
	if (rc)
		return err_set(e, rc, "mountinfo: a line that is %s: %.60s",
			       rc == -ENAMETOOLONG ? "too long" : "none", m->target);
	return 1;
}
