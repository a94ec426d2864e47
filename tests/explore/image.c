// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The file is one that we built; it is looked through with care anyway. */
#define _GNU_SOURCE
#include "image.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image-order.h"

#define OUR_DATA (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? ELFDATA2MSB : ELFDATA2LSB)

#define FUNCTION "__vdso_getrandom"
#define RNG_DATA "vgr_rng_data"

struct table {
	const Elf64_Sym *symbols;
	size_t num;
	const char *names;
	size_t names_len;
};

static const void *at(const struct explore_image *image, uint64_t offset, uint64_t len)
{
	if (offset > image->file_len || len > image->file_len - offset)
		return NULL;
	return image->file + offset;
}

/* The symbols of type @type: those of the linker, or, if they were stripped, the exported ones. */
static bool find_table(const struct explore_image *image, uint32_t type, struct table *table)
{
	const Elf64_Ehdr *header = at(image, 0, sizeof(*header));
	const Elf64_Shdr *sections =
		at(image, header->e_shoff, sizeof(*sections) * header->e_shnum);

	for (unsigned int i = 0; sections && i < header->e_shnum; i++) {
		const Elf64_Shdr *names = &sections[sections[i].sh_link];

		if (sections[i].sh_type != type || sections[i].sh_link >= header->e_shnum)
			continue;
		table->symbols = at(image, sections[i].sh_offset, sections[i].sh_size);
		table->num = sections[i].sh_size / sizeof(*table->symbols);
		table->names = at(image, names->sh_offset, names->sh_size);
		table->names_len = names->sh_size;
		return table->symbols && table->names && table->names_len &&
		       table->names[table->names_len - 1] == '\0';
	}
	return false;
}

static const char *name_of(const struct table *table, const Elf64_Sym *symbol)
{
	return symbol->st_name < table->names_len ? table->names + symbol->st_name : "";
}

static const Elf64_Sym *find_symbol(const struct explore_image *image, const char *name)
{
	static const uint32_t types[] = { SHT_SYMTAB, SHT_DYNSYM };
	struct table table;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!find_table(image, types[i], &table))
			continue;
		for (size_t j = 1; j < table.num; j++)
			if (strcmp(name_of(&table, &table.symbols[j]), name) == 0)
				return &table.symbols[j];
	}
	return NULL;
}

uint64_t explore_image_symbol(const struct explore_image *image, const char *name, uint64_t *len)
{
	const Elf64_Sym *symbol = find_symbol(image, name);

	if (!symbol)
		return 0;
	if (len)
		*len = symbol->st_size;
	return image->bias + symbol->st_value;
}

const char *explore_image_name(const struct explore_image *image, uint64_t address,
			       uint64_t *offset)
{
	struct table table;

	address -= image->bias;
	if (!find_table(image, SHT_SYMTAB, &table) && !find_table(image, SHT_DYNSYM, &table))
		return NULL;
	for (size_t i = 1; i < table.num; i++) {
		const Elf64_Sym *symbol = &table.symbols[i];

		if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
		    address - symbol->st_value < symbol->st_size) {
			*offset = address - symbol->st_value;
			return name_of(&table, symbol);
		}
	}
	return NULL;
}

/* The segments of a program that is linked for EXPLORE_IMAGE: the core without relocations. */
static const char *map_program(struct explore_image *image)
{
	const Elf64_Ehdr *header = at(image, 0, sizeof(*header));
	const Elf64_Phdr *segment = at(image, header->e_phoff, sizeof(*segment) * header->e_phnum);

	for (unsigned int i = 0; segment && i < header->e_phnum; i++, segment++) {
		const void *bytes = at(image, segment->p_offset, segment->p_filesz);
		uint64_t offset = segment->p_vaddr - image->base;

		if (segment->p_type == PT_TLS)
			image->thread_len = segment->p_memsz;
		if (segment->p_type != PT_LOAD)
			continue;
		if (!bytes || offset > sizeof(image->bytes) ||
		    segment->p_memsz > sizeof(image->bytes) - offset)
			return "is not linked for where the explorer has it, or too long";
		memcpy(image->bytes + offset, bytes, segment->p_filesz);
		if (offset + segment->p_memsz > image->len)
			image->len = offset + segment->p_memsz;
		if (segment->p_flags & PF_W) {
			image->data = segment->p_vaddr;
			image->data_len = segment->p_memsz;
		}
	}
	return image->data ? NULL : "has no memory that can be written";
}

/*
 * The one segment that is loaded begins with the file's first byte, as in every vDSO. It is put
 * there as it was in the file.
 */
static const char *map_segment(struct explore_image *image, const uint8_t *bytes)
{
	const Elf64_Ehdr *header = at(image, 0, sizeof(*header));
	const Elf64_Phdr *segments =
		at(image, header->e_phoff, sizeof(*segments) * header->e_phnum);

	for (unsigned int i = 0; segments && i < header->e_phnum; i++) {
		if (segments[i].p_type != PT_LOAD)
			continue;
		if (segments[i].p_offset || segments[i].p_vaddr)
			return "is not linked for address 0";
		image->len = segments[i].p_filesz;
		if (image->len > sizeof(image->bytes) || image->len > image->file_len)
			return "is longer than an image may be here";
		memcpy(image->bytes, bytes, image->len);
		return NULL;
	}
	return "has nothing to load";
}

static const char *find_function(struct explore_image *image)
{
	image->entry = explore_image_symbol(image, FUNCTION, &image->entry_len);
	if (!image->entry)
		image->entry = explore_image_symbol(image, "__kernel_getrandom", &image->entry_len);
	image->rng_data = explore_image_symbol(image, RNG_DATA, NULL);
	return image->entry ? NULL : "has no function " FUNCTION;
}

/* A vDSO of the byte order that this machine has not. */
static const char *map_turned_round(struct explore_image *image)
{
	uint8_t *bytes = malloc(image->file_len);
	const char *wrong = "has headers that lie outside of it";

	if (!bytes)
		return "does not fit into memory";
	memcpy(bytes, image->file, image->file_len);
	if (explore_image_turn_round(image->file, image->file_len))
		wrong = map_segment(image, bytes);
	free(bytes);
	return wrong;
}

const char *explore_image_parse(struct explore_image *image, uint64_t base, uint8_t *file,
				size_t file_len)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
	const char *wrong;

	image->file = file;
	image->file_len = file_len;
	if (file_len < sizeof(Elf64_Ehdr) || memcmp(file, ELFMAG, SELFMAG) != 0 ||
	    file[EI_CLASS] != ELFCLASS64)
		return "is no ELF file of 64 bits";
	image->base = base;
	if (file[EI_DATA] == OUR_DATA && header->e_type == ET_EXEC) {
		image->machine = header->e_machine;
		return map_program(image);
	}
	image->bias = base;
	wrong = file[EI_DATA] == OUR_DATA ? map_segment(image, file) : map_turned_round(image);
	image->machine = header->e_machine;
	return wrong ? wrong : find_function(image);
}

const char *explore_image_load(struct explore_image *image, const char *path)
{
	uint8_t *file = malloc(1 << 24);
	FILE *stream = fopen(path, "rb");
	size_t len;

	if (!stream || !file) {
		free(file);
		return "cannot be read";
	}
	len = fread(file, 1, 1 << 24, stream);
	fclose(stream);
	return explore_image_parse(image, EXPLORE_IMAGE, file, len);
}
