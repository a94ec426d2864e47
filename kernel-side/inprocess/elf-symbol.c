// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Symbol lookup in an image that no dynamic linker has loaded. Walks all symbols: an
 * image has a handful, and the lookup happens once.
 */
#include "elf-symbol.h"

#include <linux/elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch.h"

/* <linux/elf.h> knows these only since 6.x, or not at all. */
#define TAG_GNU_HASH 0x6ffffef5 /* DT_GNU_HASH */
#define TAG_VERSYM   0x6ffffff0 /* DT_VERSYM */
#define TAG_VERDEF   0x6ffffffc /* DT_VERDEF */

typedef Elf64_Ehdr elf_header;
typedef Elf64_Phdr elf_segment;
typedef Elf64_Dyn elf_dynamic;
typedef Elf64_Sym elf_symbol;
typedef uint16_t elf_version_index;

/* Elf64_Verdef and Elf64_Verdaux. */
typedef struct {
	uint16_t vd_version, vd_flags, vd_ndx, vd_cnt;
	uint32_t vd_hash, vd_aux, vd_next;
} elf_version_def;

typedef struct {
	uint32_t vda_name, vda_next;
} elf_version_aux;

struct tables {
	const char *base; /* what addresses in the image are relative to */
	const elf_symbol *symbols;
	const char *strings;
	const VGR_ELF_HASH_WORD *hash; /* DT_HASH; an image has this or the other, or both */
	const uint32_t *gnu_hash;      /* DT_GNU_HASH */
	const elf_version_index *versions;
	const elf_version_def *version_defs;
};

static bool is_same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool is_elf_of_this_machine(const elf_header *header)
{
	const unsigned char *ident = header->e_ident;

	return ident[0] == 0x7f && ident[1] == 'E' && ident[2] == 'L' && ident[3] == 'F' &&
	       ident[EI_CLASS] == ELFCLASS64 && header->e_type == ET_DYN &&
	       header->e_machine == VGR_ELF_MACHINE;
}

static const void *segment(const void *image, uint32_t type, const char **base)
{
	const elf_header *header = image;
	const elf_segment *segments = (const void *)((const char *)image + header->e_phoff);
	const elf_segment *found = NULL;

	for (unsigned int i = 0; i < header->e_phnum; i++) {
		if (segments[i].p_type == PT_LOAD && segments[i].p_offset == 0)
			*base = (const char *)image - segments[i].p_vaddr;
		if (segments[i].p_type == type)
			found = &segments[i];
	}
	return found ? (const char *)image + found->p_offset : NULL;
}

static int read_tables(const void *image, struct tables *t)
{
	const elf_dynamic *dynamic;

	if (!is_elf_of_this_machine(image))
		return -1;
	*t = (struct tables){ 0 };
	dynamic = segment(image, PT_DYNAMIC, &t->base);
	if (!dynamic || !t->base)
		return -1;
	for (; dynamic->d_tag != DT_NULL; dynamic++) {
		const void *p = t->base + dynamic->d_un.d_ptr;

		switch (dynamic->d_tag) {
		case DT_SYMTAB:
			t->symbols = p;
			break;
		case DT_STRTAB:
			t->strings = p;
			break;
		case DT_HASH:
			t->hash = p;
			break;
		case TAG_GNU_HASH:
			t->gnu_hash = p;
			break;
		case TAG_VERSYM:
			t->versions = p;
			break;
		case TAG_VERDEF:
			t->version_defs = p;
			break;
		default:
			break;
		}
	}
	return t->symbols && t->strings && (t->hash || t->gnu_hash) ? 0 : -1;
}

/*
 * DT_GNU_HASH does not tell: each bucket names its first symbol, symbols are in the order of
 * buckets, and a chain has a word for each symbol, odd for the last one of a bucket.
 */
static uint32_t num_in_gnu_hash(const uint32_t *table)
{
	uint32_t num_buckets = table[0], first_symbol = table[1], bloom_len = table[2];
	const uint32_t *buckets = table + 4 + bloom_len * (sizeof(uint64_t) / sizeof(*table));
	const uint32_t *chains = buckets + num_buckets;
	uint32_t last = 0;

	for (uint32_t i = 0; i < num_buckets; i++)
		last = buckets[i] > last ? buckets[i] : last;
	if (last < first_symbol)
		return first_symbol;
	while (!(chains[last - first_symbol] & 1))
		last++;
	return last + 1;
}

/* The second word of DT_HASH says how many there are. */
static uint32_t num_symbols(const struct tables *t)
{
	return t->hash ? (uint32_t)t->hash[1] : num_in_gnu_hash(t->gnu_hash);
}

static const char *version_name(const struct tables *t, unsigned int index)
{
	const elf_version_def *def = t->version_defs;

	while (def) {
		if (def->vd_ndx == index) {
			const elf_version_aux *aux =
				(const void *)((const char *)def + def->vd_aux);

			return t->strings + aux->vda_name;
		}
		def = def->vd_next ? (const void *)((const char *)def + def->vd_next) : NULL;
	}
	return "";
}

const void *vgr_elf_symbol(const void *image, const char *name, const char *version)
{
	struct tables t;
	uint32_t num;

	if (!image || read_tables(image, &t) != 0)
		return NULL;
	num = num_symbols(&t);
	for (uint32_t i = 0; i < num; i++) {
		const elf_symbol *sym = &t.symbols[i];

		if (sym->st_shndx == SHN_UNDEF || !is_same(t.strings + sym->st_name, name))
			continue;
		/* The highest bit only hides a version from the static linker. */
		if (t.versions && !is_same(version_name(&t, t.versions[i] & 0x7fff), version))
			continue;
		return t.base + sym->st_value;
	}
	return NULL;
}

size_t vgr_elf_len(const void *image)
{
	const elf_header *header = image;

	return header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;
}
