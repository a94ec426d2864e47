/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_ELF_SYMBOL_H
#define VGR_ELF_SYMBOL_H

#include <stddef.h>

#include "vgetrandom.h"

/* Bytes that are mapped of any image: its first page, with the program headers. */
#define VGR_ELF_LEN_MIN 4096

/*
 * Looks up a dynamic symbol in a mapped ELF image, such as a vDSO, whose program headers are
 * trusted: no more is mapped than they say.
 *
 * @image:   where the ELF header is mapped; the file is mapped in one piece
 * @name:    of the symbol
 * @version: it must have been defined with, e.g. "LINUX_2.6"
 *
 * Returns its address, or NULL if there is none or the image is not an ELF shared object of
 * this architecture. Async-signal-safe. Source: the System V ABI, chapters 4 and 5;
 * the version tables are in the LSB Core specification, chapter 10.7.
 */
const void *vgr_elf_symbol(const void *image, const char *name, const char *version);

/* The __vdso_getrandom() of an image of ours, or NULL. */
static inline vgr_getrandom_fn *vgr_function_of(const void *image)
{
	return (vgr_getrandom_fn *)vgr_elf_symbol(image, "__vdso_getrandom", "LINUX_2.6");
}

/*
 * The same in an image that is not trusted: of it @len bytes are there. Nothing else is read, and
 * the address that is returned lies within them.
 */
const void *vgr_elf_symbol_within(const void *image, size_t len, const char *name,
				  const char *version);

/* Bytes of the file @image: its section headers end it. */
size_t vgr_elf_len(const void *image);

#endif
