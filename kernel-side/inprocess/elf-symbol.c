// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Symbol lookup in an image that no dynamic linker has loaded. Walks all symbols: an
 * image has a handful, and the lookup happens once. Whatever lies beyond the image's end, or not
 * aligned, counts as not there.
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

/* The System V ABI has words of 32 bits here; an architecture's supplement may say otherwise. */
#ifndef VGR_ELF_HASH_WORD
#define VGR_ELF_HASH_WORD uint32_t
#endif
typedef VGR_ELF_HASH_WORD elf_hash_word;

/* Elf64_Verdef and Elf64_Verdaux. */
typedef struct {
	uint16_t vd_version, vd_flags, vd_ndx, vd_cnt;
	uint32_t vd_hash, vd_aux, vd_next;
} elf_version_def;

typedef struct {
	uint32_t vda_name, vda_next;
} elf_version_aux;

/* Offsets in the image; 0, where its header is: it has none. */
struct tables {
	const char *image;
	size_t len;
	uint64_t start; /* the address that the image gives its first byte */
	size_t symbols;
	size_t strings;
	size_t hash;     /* DT_HASH; an image has this or the other, or both */
	size_t gnu_hash; /* DT_GNU_HASH */
	size_t versions;
	size_t version_defs;
};

static const void *at(const struct tables *t, size_t offset, size_t size, size_t align)
{
	if (offset > t->len || size > t->len - offset || offset % align)
		return NULL;
	return t->image + offset;
}

#define AT(t, offset, type) ((const type *)at(t, offset, sizeof(type), _Alignof(type)))

static bool is_string(const struct tables *t, size_t offset, const char *expected)
{
	for (;; offset++, expected++) {
		const char *c = AT(t, offset, char);

		if (!c || *c != *expected)
			return false;
		if (!*c)
			return true;
	}
}

static const elf_header *header_of(const struct tables *t)
{
	const elf_header *header = AT(t, 0, elf_header);
	const unsigned char *ident = header ? header->e_ident : NULL;

	return ident && ident[0] == 0x7f && ident[1] == 'E' && ident[2] == 'L' && ident[3] == 'F' &&
			       ident[EI_CLASS] == ELFCLASS64 && header->e_type == ET_DYN &&
			       header->e_machine == VGR_ELF_MACHINE
		       ? header
		       : NULL;
}

static const elf_segment *segment(const struct tables *t, uint32_t type)
{
	const elf_header *header = header_of(t);

	for (unsigned int i = 0; header && i < header->e_phnum; i++) {
		const elf_segment *one = AT(t, header->e_phoff + i * sizeof(*one), elf_segment);

		/* What is loaded starts with the header. */
		if (one && one->p_type == type && (type != PT_LOAD || one->p_offset == 0))
			return one;
	}
	return NULL;
}

static void read_tables(struct tables *t, size_t offset)
{
	const elf_dynamic *dynamic;

	for (; (dynamic = AT(t, offset, elf_dynamic)) && dynamic->d_tag != DT_NULL;
	     offset += sizeof(*dynamic)) {
		size_t value = dynamic->d_un.d_ptr - t->start;

		switch (dynamic->d_tag) {
		case DT_SYMTAB:
			t->symbols = value;
			break;
		case DT_STRTAB:
			t->strings = value;
			break;
		case DT_HASH:
			t->hash = value;
			break;
		case TAG_GNU_HASH:
			t->gnu_hash = value;
			break;
		case TAG_VERSYM:
			t->versions = value;
			break;
		case TAG_VERDEF:
			t->version_defs = value;
			break;
		default:
			break;
		}
	}
}

/*
 * DT_GNU_HASH does not tell: each bucket names its first symbol, symbols are in the order of
 * buckets, and a chain has a word for each symbol, odd for the last one of a bucket.
 */
static size_t num_in_gnu_hash(const struct tables *t)
{
	/* The numbers of buckets, of the first symbol in one, and of words in the Bloom filter. */
	const uint32_t *table = t->gnu_hash ? at(t, t->gnu_hash, 4 * sizeof(*table), sizeof(*table))
					    : NULL;
	size_t buckets, chains, last = 0;
	const uint32_t *word;

	if (!table)
		return 0;
	buckets = t->gnu_hash + 4 * sizeof(*table) + table[2] * sizeof(uint64_t);
	chains = buckets + table[0] * sizeof(*table);
	for (size_t i = 0; i < table[0]; i++) {
		word = AT(t, buckets + i * sizeof(*word), uint32_t);
		if (!word)
			return 0;
		last = *word > last ? *word : last;
	}
	if (last < table[1])
		return table[1];
	do {
		word = AT(t, chains + (last - table[1]) * sizeof(*word), uint32_t);
		last++;
	} while (word && !(*word & 1));
	return last;
}

/* The second word of DT_HASH says how many there are. */
static size_t num_symbols(const struct tables *t)
{
	const elf_hash_word *num;

	if (!t->hash)
		return num_in_gnu_hash(t);
	num = AT(t, t->hash + sizeof(*num), elf_hash_word);
	return num ? *num : 0;
}

/* A list in which each says where the next one is; it only goes forward, so it ends. */
static bool is_version(const struct tables *t, unsigned int index, const char *version)
{
	const elf_version_def *def;

	for (size_t offset = t->version_defs; (def = AT(t, offset, elf_version_def));
	     offset += def->vd_next) {
		const elf_version_aux *aux = AT(t, offset + def->vd_aux, elf_version_aux);

		if (def->vd_ndx == index)
			return aux && is_string(t, t->strings + aux->vda_name, version);
		if (!def->vd_next)
			break;
	}
	return !*version;
}

/* The highest bit only hides a version from the static linker. */
static bool has_version(const struct tables *t, size_t symbol, const char *version)
{
	const elf_version_index *index;

	if (!t->versions)
		return true;
	index = AT(t, t->versions + symbol * sizeof(*index), elf_version_index);
	return index && is_version(t, *index & 0x7fff, version);
}

static const void *find(const struct tables *t, const char *name, const char *version)
{
	size_t num = num_symbols(t);

	for (size_t i = 0; i < num; i++) {
		const elf_symbol *sym = AT(t, t->symbols + i * sizeof(*sym), elf_symbol);

		if (!sym)
			break;
		if (sym->st_shndx != SHN_UNDEF && is_string(t, t->strings + sym->st_name, name) &&
		    has_version(t, i, version))
			return at(t, sym->st_value - t->start, 1, 1);
	}
	return NULL;
}

const void *vgr_elf_symbol_within(const void *image, size_t len, const char *name,
				  const char *version)
{
	struct tables t = { .image = image, .len = len };
	const elf_segment *load = segment(&t, PT_LOAD), *dynamic = segment(&t, PT_DYNAMIC);

	if (!load || !dynamic)
		return NULL;
	t.start = load->p_vaddr;
	read_tables(&t, dynamic->p_offset);
	return t.symbols && t.strings ? find(&t, name, version) : NULL;
}

const void *vgr_elf_symbol(const void *image, const char *name, const char *version)
{
	struct tables first_page = { .image = image, .len = VGR_ELF_LEN_MIN };
	const elf_segment *load = image ? segment(&first_page, PT_LOAD) : NULL;

	return load ? vgr_elf_symbol_within(image, load->p_memsz, name, version) : NULL;
}

size_t vgr_elf_len(const void *image)
{
	const elf_header *header = image;

	return header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;
}
