// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An image of the other byte order: what image.c reads of its file, turned round in place. Headers
 * come before what they lead to.
 */
#include "image-order.h"

#include <elf.h>

static void swap_2(uint16_t *p)
{
	*p = __builtin_bswap16(*p);
}

static void swap_4(uint32_t *p)
{
	*p = __builtin_bswap32(*p);
}

static void swap_8(uint64_t *p)
{
	*p = __builtin_bswap64(*p);
}

static void swap_header(Elf64_Ehdr *header)
{
	swap_2(&header->e_type);
	swap_2(&header->e_machine);
	swap_8(&header->e_phoff);
	swap_8(&header->e_shoff);
	swap_2(&header->e_phnum);
	swap_2(&header->e_shnum);
}

static void swap_segment(Elf64_Phdr *segment)
{
	swap_4(&segment->p_type);
	swap_4(&segment->p_flags);
	swap_8(&segment->p_offset);
	swap_8(&segment->p_vaddr);
	swap_8(&segment->p_filesz);
	swap_8(&segment->p_memsz);
}

static void swap_section(Elf64_Shdr *section)
{
	swap_4(&section->sh_name);
	swap_4(&section->sh_type);
	swap_8(&section->sh_addr);
	swap_8(&section->sh_offset);
	swap_8(&section->sh_size);
	swap_4(&section->sh_link);
	swap_4(&section->sh_info);
	swap_8(&section->sh_entsize);
}

static void swap_symbol(Elf64_Sym *symbol)
{
	swap_4(&symbol->st_name);
	swap_2(&symbol->st_shndx);
	swap_8(&symbol->st_value);
	swap_8(&symbol->st_size);
}

static bool is_within(size_t file_len, uint64_t offset, uint64_t len)
{
	return offset <= file_len && len <= file_len - offset && offset % 8 == 0;
}

bool explore_image_turn_round(uint8_t *file, size_t file_len)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)file;
	Elf64_Phdr *segments;
	Elf64_Shdr *sections;

	swap_header(header);
	segments = (Elf64_Phdr *)(file + header->e_phoff);
	sections = (Elf64_Shdr *)(file + header->e_shoff);
	if (!is_within(file_len, header->e_phoff, header->e_phnum * sizeof(*segments)) ||
	    !is_within(file_len, header->e_shoff, header->e_shnum * sizeof(*sections)))
		return false;
	for (unsigned int i = 0; i < header->e_phnum; i++)
		swap_segment(&segments[i]);
	for (unsigned int i = 0; i < header->e_shnum; i++) {
		Elf64_Sym *symbols;

		swap_section(&sections[i]);
		if (sections[i].sh_type != SHT_SYMTAB && sections[i].sh_type != SHT_DYNSYM)
			continue;
		if (!is_within(file_len, sections[i].sh_offset, sections[i].sh_size))
			return false;
		symbols = (Elf64_Sym *)(file + sections[i].sh_offset);
		for (size_t j = 0; j < sections[i].sh_size / sizeof(*symbols); j++)
			swap_symbol(&symbols[j]);
	}
	return true;
}
