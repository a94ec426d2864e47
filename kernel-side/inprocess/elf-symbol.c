// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Symbol lookup in an image that no dynamic linker has loaded. Walks all symbols: an
 * image has a handful, and the lookup happens once.
 */
#include "elf-symbol.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "arch.h"

#if __SIZEOF_POINTER__ == 8
#define NATIVE_CLASS ELFCLASS64
#else
#define NATIVE_CLASS ELFCLASS32
#endif

typedef ElfW(Ehdr) elf_header;
typedef ElfW(Phdr) elf_segment;
typedef ElfW(Dyn) elf_dynamic;
typedef ElfW(Sym) elf_symbol;
typedef ElfW(Half) elf_version_index;
typedef ElfW(Verdef) elf_version_def;
typedef ElfW(Verdaux) elf_version_aux;

struct tables {
	const char *base; /* what addresses in the image are relative to */
	const elf_symbol *symbols;
	const char *strings;
	const uint32_t *hash; /* DT_HASH: its second word is the number of symbols */
	const elf_version_index *versions;
	const elf_version_def *version_defs;
};

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
	const elf_header *header = image;
	const elf_dynamic *dynamic;

	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_type != ET_DYN ||
	    header->e_ident[EI_CLASS] != NATIVE_CLASS || header->e_machine != VGR_ELF_MACHINE)
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
		case DT_VERSYM:
			t->versions = p;
			break;
		case DT_VERDEF:
			t->version_defs = p;
			break;
		default:
			break;
		}
	}
	return t->symbols && t->strings && t->hash ? 0 : -1;
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

	if (!image || read_tables(image, &t) != 0)
		return NULL;
	for (uint32_t i = 0; i < t.hash[1]; i++) {
		const elf_symbol *sym = &t.symbols[i];

		if (sym->st_shndx == SHN_UNDEF || strcmp(t.strings + sym->st_name, name) != 0)
			continue;
		/* The highest bit only hides a version from the static linker. */
		if (t.versions && strcmp(version_name(&t, t.versions[i] & 0x7fff), version) != 0)
			continue;
		return t.base + sym->st_value;
	}
	return NULL;
}
