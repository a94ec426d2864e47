/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_ELF_SYMBOL_H
#define VGR_ELF_SYMBOL_H

#include <stddef.h>

#include "vgetrandom.h"

/*
 * Looks up a dynamic symbol in a mapped ELF image, such as a vDSO.
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

/* Bytes of the file @image: its section headers end it. */
size_t vgr_elf_len(const void *image);

#endif
