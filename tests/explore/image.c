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

uint64_t explore_image_function(const struct explore_image *image, const char *name, uint64_t *len)
{
	const Elf64_Sym *symbol = find_symbol(image, name);

	if (!symbol)
		return 0;
	if (len)
		*len = symbol->st_size;
	return EXPLORE_IMAGE + symbol->st_value;
}

const char *explore_image_name(const struct explore_image *image, uint64_t address,
			       uint64_t *offset)
{
	struct table table;

	address -= EXPLORE_IMAGE;
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

const char *explore_image_parse(struct explore_image *image, uint8_t *file, size_t file_len)
{
	const Elf64_Sym *data;
	uint8_t *bytes = file;
	const char *wrong;

	image->file = file;
	image->file_len = file_len;
	if (file_len < sizeof(Elf64_Ehdr) || memcmp(file, ELFMAG, SELFMAG) != 0 ||
	    file[EI_CLASS] != ELFCLASS64)
		return "is no ELF file of 64 bits";
	if (file[EI_DATA] != OUR_DATA) {
		bytes = malloc(file_len);
		if (!bytes)
			return "does not fit into memory";
		memcpy(bytes, file, file_len);
		if (!explore_image_turn_round(file, file_len)) {
			free(bytes);
			return "has headers that lie outside of it";
		}
	}
	image->machine = ((const Elf64_Ehdr *)file)->e_machine;
	wrong = map_segment(image, bytes);
	if (bytes != file)
		free(bytes);
	if (wrong)
		return wrong;
	image->entry = explore_image_function(image, FUNCTION, NULL);
	if (!image->entry)
		image->entry = explore_image_function(image, "__kernel_getrandom", NULL);
	if (!image->entry)
		return "has no function " FUNCTION;
	data = find_symbol(image, RNG_DATA);
	image->rng_data = data ? (int64_t)data->st_value : 0;
	return NULL;
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
	return explore_image_parse(image, file, len);
}
