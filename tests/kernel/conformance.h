/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The properties that memory for states must have, in groups; each leaves remarks by job.h.
 */
#ifndef VGK_CONFORMANCE_H
#define VGK_CONFORMANCE_H

#include "memory.h"

#define NUM_PAGES 8

/* Fresh memory of @memory with every page filled with its number plus one. */
unsigned char *filled_pages(const struct memory *memory, size_t *mapped_len);

/* Whether page @i of @pages still has what filled_pages() wrote. */
bool page_is_filled(const unsigned char *pages, size_t i);

void check_fork(const struct memory *memory);
void check_drop(const struct memory *memory);
void check_accounting(const struct memory *memory);
void check_advice(const struct memory *memory);
void check_flags(const struct memory *memory);

void check_move(const struct memory *memory);
void check_mirror(const struct memory *memory);
void check_grow(const struct memory *memory);
void check_partial_unmap(const struct memory *memory);
void check_image(const struct memory *memory);

void check_page_faults(const struct memory *memory);

#endif
