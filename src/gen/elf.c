/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "gen/elf.h"

/*
 * Both classes are read into the 64 bit structures. All numbers come from the file: each is checked
 * against its length before it is used as an offset.
 */
struct reader {
	const unsigned char *data;
	size_t len;
	unsigned int bits;
	uint64_t ph_offset;
	unsigned int ph_n, ph_size;
};

static uint64_t number(const unsigned char *p, unsigned int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

/* A field of @size32 or @size64 bytes at @off32 or @off64 of the structure at @p. */
static uint64_t field(const struct reader *r, const unsigned char *p, unsigned int off32,
		      unsigned int size32, unsigned int off64, unsigned int size64)
{
	return r->bits == 64 ? number(p + off64, size64) : number(p + off32, size32);
}

#define FIELD(r, p, type, member)                                                                  \
	field(r, p, offsetof(Elf32_##type, member), sizeof(((Elf32_##type *)0)->member),           \
	      offsetof(Elf64_##type, member), sizeof(((Elf64_##type *)0)->member))

static size_t size_of(const struct reader *r, size_t size32, size_t size64)
{
	return r->bits == 64 ? size64 : size32;
}

static bool is_inside(const struct reader *r, uint64_t off, uint64_t n)
{
	return off <= r->len && n <= r->len - off;
}

static int damaged(struct err *e, const char *what)
{
	return err_set(e, EINVAL, "found a damaged ELF file (%s)", what);
}

static int read_header(struct reader *r, struct elf_needs *needs, struct err *e)
{
	const unsigned char *d = r->data;

	if (r->len < EI_NIDENT || memcmp(d, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	if (d[EI_CLASS] != ELFCLASS32 && d[EI_CLASS] != ELFCLASS64)
		return damaged(e, "class");
	if (d[EI_DATA] != ELFDATA2LSB)
		return damaged(e, "byte order");
	r->bits = d[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	if (r->len < size_of(r, sizeof(Elf32_Ehdr), sizeof(Elf64_Ehdr)))
		return damaged(e, "header");
	r->ph_offset = FIELD(r, d, Ehdr, e_phoff);
	r->ph_n = (unsigned int)FIELD(r, d, Ehdr, e_phnum);
	r->ph_size = (unsigned int)FIELD(r, d, Ehdr, e_phentsize);
	if (r->ph_n && (r->ph_size < size_of(r, sizeof(Elf32_Phdr), sizeof(Elf64_Phdr)) ||
			!is_inside(r, r->ph_offset, (uint64_t)r->ph_n * r->ph_size)))
		return damaged(e, "program headers");
	needs->machine = (uint16_t)FIELD(r, d, Ehdr, e_machine);
	needs->bits = r->bits;
	return 0;
}

struct segment {
	uint64_t type, offset, address, size;
};

static struct segment segment_at(const struct reader *r, unsigned int i)
{
	const unsigned char *p = r->data + r->ph_offset + (size_t)i * r->ph_size;

	return (struct segment){
		.type = FIELD(r, p, Phdr, p_type),
		.offset = FIELD(r, p, Phdr, p_offset),
		.address = FIELD(r, p, Phdr, p_vaddr),
		.size = FIELD(r, p, Phdr, p_filesz),
	};
}

/* Where in the file is what will be at @address? UINT64_MAX: nowhere. */
static uint64_t offset_of_address(const struct reader *r, uint64_t address)
{
	for (unsigned int i = 0; i < r->ph_n; i++) {
		struct segment s = segment_at(r, i);

		if (s.type == PT_LOAD && address >= s.address && address - s.address < s.size &&
		    s.offset <= r->len)
			return s.offset + (address - s.address);
	}
	return UINT64_MAX;
}

static const char *text_at(const struct reader *r, uint64_t off)
{
	if (off >= r->len || !memchr(r->data + off, '\0', r->len - off))
		return NULL;
	return (const char *)r->data + off;
}

/* The value of the entry with @tag, from the @from-th on; *@from moves behind it. */
static bool find_dynamic(const struct reader *r, struct segment s, uint64_t tag, uint64_t *from,
			 uint64_t *value)
{
	size_t size = size_of(r, sizeof(Elf32_Dyn), sizeof(Elf64_Dyn));

	for (; (*from + 1) * size <= s.size; ++*from) {
		const unsigned char *p = r->data + s.offset + *from * size;
		uint64_t is = FIELD(r, p, Dyn, d_tag);

		if (is == DT_NULL)
			return false;
		if (is == tag) {
			*value = FIELD(r, p, Dyn, d_un.d_val);
			++*from;
			return true;
		}
	}
	return false;
}

static int read_dynamic(const struct reader *r, struct segment s, struct elf_needs *needs,
			struct err *e)
{
	uint64_t at = 0, value, texts;

	if (!is_inside(r, s.offset, s.size))
		return damaged(e, "dynamic section");
	if (!find_dynamic(r, s, DT_STRTAB, &at, &texts))
		return 0;
	texts = offset_of_address(r, texts);
	if (texts >= r->len)
		return damaged(e, "text table");
	for (at = 0; find_dynamic(r, s, DT_NEEDED, &at, &value);) {
		const char *name = value < r->len ? text_at(r, texts + value) : NULL;

		if (!name || needs->n_needed == ELF_NEEDED_MAX)
			return damaged(e, "needed libraries");
		needs->needed[needs->n_needed++] = name;
	}
	at = 0;
	if (find_dynamic(r, s, DT_RUNPATH, &at, &value) ||
	    (at = 0, find_dynamic(r, s, DT_RPATH, &at, &value))) {
		needs->runpath = value < r->len ? text_at(r, texts + value) : NULL;
		if (!needs->runpath)
			return damaged(e, "run path");
	}
	return 0;
}

int elf_read(const void *data, size_t len, struct elf_needs *needs, struct err *e)
{
	struct reader r = { .data = data, .len = len };
	int rc;

	*needs = (struct elf_needs){ 0 };
	rc = read_header(&r, needs, e);
	if (rc)
		return rc;
	for (unsigned int i = 0; i < r.ph_n; i++) {
		struct segment s = segment_at(&r, i);

		if (s.type == PT_INTERP) {
			needs->interpreter = text_at(&r, s.offset);
			if (!needs->interpreter)
				return damaged(e, "interpreter");
		} else if (s.type == PT_DYNAMIC) {
			rc = read_dynamic(&r, s, needs, e);
			if (rc)
				return rc;
		}
	}
	return 0;
}
