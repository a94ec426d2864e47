// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* ELF files, see elf-file.h. By section headers, which strip(1) keeps in what is linked
 * dynamically. */
#define _GNU_SOURCE
#include "elf-file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUR_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)

/* @len bytes at @offset of the file; NULL if it does not have them, or not aligned. */
static const void *at(const struct cli_elf *elf, size_t offset, size_t len, size_t align)
{
	if (offset > elf->len || len > elf->len - offset || offset % align)
		return NULL;
	return elf->bytes + offset;
}

/* The string at @offset of the section @index; NULL if there is none that ends. */
static const char *string_at(const struct cli_elf *elf, const ElfW(Shdr) * table, size_t offset)
{
	const char *strings = table ? at(elf, table->sh_offset, table->sh_size, 1) : NULL;

	if (!strings || offset >= table->sh_size ||
	    !memchr(strings + offset, '\0', table->sh_size - offset))
		return NULL;
	return strings + offset;
}

static const ElfW(Shdr) * section(const struct cli_elf *elf, unsigned int n)
{
	if (n >= elf->header->e_shnum || elf->header->e_shentsize != sizeof(ElfW(Shdr)))
		return NULL;
	return at(elf, elf->header->e_shoff + n * sizeof(ElfW(Shdr)), sizeof(ElfW(Shdr)),
		  _Alignof(ElfW(Shdr)));
}

static const ElfW(Shdr) * section_of_type(const struct cli_elf *elf, ElfW(Word) type)
{
	const ElfW(Shdr) * found;

	for (unsigned int n = 0; (found = section(elf, n)); n++)
		if (found->sh_type == type)
			return found;
	return NULL;
}

/* Entry @n of a section that is an array; NULL behind its end. */
static const void *entry(const struct cli_elf *elf, const ElfW(Shdr) * array, size_t n, size_t size)
{
	if (!array || n >= array->sh_size / size)
		return NULL;
	return at(elf, array->sh_offset + n * size, size, _Alignof(ElfW(Addr)));
}

bool cli_elf_open(struct cli_elf *elf, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	void *bytes = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size >= sizeof(ElfW(Ehdr)))
		bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (bytes == MAP_FAILED)
		return false;
	*elf = (struct cli_elf){ .bytes = bytes, .len = (size_t)st.st_size, .header = bytes };
	if (memcmp(elf->header->e_ident, ELFMAG, SELFMAG) == 0 &&
	    elf->header->e_ident[EI_CLASS] == OUR_CLASS)
		return true;
	cli_elf_close(elf);
	return false;
}

void cli_elf_close(struct cli_elf *elf)
{
	munmap((void *)elf->bytes, elf->len);
	elf->bytes = NULL;
}

const char *cli_elf_interpreter(const struct cli_elf *elf)
{
	for (unsigned int i = 0; i < elf->header->e_phnum; i++) {
		const ElfW(Phdr) *segment = at(elf, elf->header->e_phoff + i * sizeof(*segment),
					       sizeof(*segment), _Alignof(ElfW(Phdr)));
		const char *path;

		if (!segment || elf->header->e_phentsize != sizeof(*segment))
			return NULL;
		if (segment->p_type != PT_INTERP)
			continue;
		path = at(elf, segment->p_offset, segment->p_filesz, 1);
		return path && memchr(path, '\0', segment->p_filesz) ? path : NULL;
	}
	return NULL;
}

const char *cli_elf_dynamic_string(const struct cli_elf *elf, ElfW(Sxword) tag, unsigned int n)
{
	const ElfW(Shdr) *dynamic = section_of_type(elf, SHT_DYNAMIC);
	const ElfW(Dyn) * found;

	for (size_t i = 0; (found = entry(elf, dynamic, i, sizeof(*found))); i++)
		if (found->d_tag == tag && n-- == 0)
			return string_at(elf, section(elf, dynamic->sh_link), found->d_un.d_val);
	return NULL;
}

const ElfW(Sym) * cli_elf_symbol(const struct cli_elf *elf, unsigned int n, const char **name)
{
	const ElfW(Shdr) *symbols = section_of_type(elf, SHT_DYNSYM);
	const ElfW(Sym) *symbol = entry(elf, symbols, n, sizeof(*symbol));

	*name = symbol ? string_at(elf, section(elf, symbols->sh_link), symbol->st_name) : NULL;
	if (!*name)
		*name = "";
	return symbol;
}

bool cli_elf_defines(const struct cli_elf *elf, const char *name)
{
	const ElfW(Sym) * symbol;
	const char *other;

	for (unsigned int n = 0; (symbol = cli_elf_symbol(elf, n, &other)); n++)
		if (symbol->st_shndx != SHN_UNDEF && strcmp(name, other) == 0)
			return true;
	return false;
}

bool cli_elf_has_version(const struct cli_elf *elf, const char *name)
{
	const ElfW(Shdr) *versions = section_of_type(elf, SHT_GNU_verdef);
	size_t offset = versions ? versions->sh_offset : 0;
	const ElfW(Verdef) * version;

	if (!versions)
		return true;
	/* A list in which each says where the next one is; it only goes forward, so it ends. */
	while ((version = at(elf, offset, sizeof(*version), sizeof(ElfW(Word))))) {
		const ElfW(Verdaux) *names =
			at(elf, offset + version->vd_aux, sizeof(*names), sizeof(ElfW(Word)));
		const char *other =
			names ? string_at(elf, section(elf, versions->sh_link), names->vda_name)
			      : NULL;

		if (other && strcmp(name, other) == 0)
			return true;
		if (!version->vd_next)
			return false;
		offset += version->vd_next;
	}
	return false;
}

const char *cli_elf_needed_version(const struct cli_elf *elf, unsigned int n)
{
	const ElfW(Shdr) *needs = section_of_type(elf, SHT_GNU_verneed);
	size_t file_offset = needs ? needs->sh_offset : 0;
	const ElfW(Verneed) * file;

	while (needs && (file = at(elf, file_offset, sizeof(*file), sizeof(ElfW(Word))))) {
		size_t offset = file_offset + file->vn_aux;
		const ElfW(Vernaux) * version;

		while ((version = at(elf, offset, sizeof(*version), sizeof(ElfW(Word))))) {
			if (n-- == 0)
				return string_at(elf, section(elf, needs->sh_link),
						 version->vna_name);
			if (!version->vna_next)
				break;
			offset += version->vna_next;
		}
		if (!file->vn_next)
			return NULL;
		file_offset += file->vn_next;
	}
	return NULL;
}
