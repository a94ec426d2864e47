/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * An ELF file of this machine's word size, as it lies on the disk. Whatever is wrong in it counts
 * as not there: nothing of a file is trusted.
 */
#ifndef VGR_CLI_ELF_FILE_H
#define VGR_CLI_ELF_FILE_H

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>

struct cli_elf {
	const unsigned char *bytes;
	size_t len;
	const ElfW(Ehdr) * header;
};

/* Maps @path. Returns false if it cannot be read, or is no ELF file of this word size. */
bool cli_elf_open(struct cli_elf *elf, const char *path);
void cli_elf_close(struct cli_elf *elf);

/* The program's dynamic linker; NULL if it names none. */
const char *cli_elf_interpreter(const struct cli_elf *elf);

/* The @n-th string that the dynamic section has under @tag; NULL if there are fewer. */
const char *cli_elf_dynamic_string(const struct cli_elf *elf, ElfW(Sxword) tag, unsigned int n);

/* The @n-th dynamic symbol; NULL behind the last one. @name is "" for one without a name. */
const ElfW(Sym) * cli_elf_symbol(const struct cli_elf *elf, unsigned int n, const char **name);

/* Whether it defines a dynamic symbol @name, of whatever version. */
bool cli_elf_defines(const struct cli_elf *elf, const char *name);

/* Whether it defines the symbol version @name; true also for a library that has no versions. */
bool cli_elf_has_version(const struct cli_elf *elf, const char *name);

/* The @n-th symbol version that it needs of other libraries; NULL if there are fewer. */
const char *cli_elf_needed_version(const struct cli_elf *elf, unsigned int n);

#endif
