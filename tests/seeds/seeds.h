/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the rows of the seeds need: droppable memory, the memory that states get on kernels without
 * it, and a way to run a test for both.
 */
#ifndef VGT_SEEDS_H
#define VGT_SEEDS_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stddef.h>

#include "maps.h"

#define PAGE_LEN  4096
#define MARK      0x5a

#define DROPPABLE 0x08

/* Two pages of states, marked. Aborts the test if there are none; skips it without MAP_DROPPABLE.
 */
unsigned char *seeds_droppable(void);

/* The same on a kernel without MAP_DROPPABLE; for a child, where there is no way back. */
unsigned char *seeds_not_droppable(void);

#define SEEDS_LEN (2 * PAGE_LEN)

/* An anonymous mapping with these flags: 0, or the errno; it is unmapped at once. */
int seeds_try_flags(int flags, int fd);

struct vgt_vma seeds_vma(const void *p);

/* Whether a forked child finds nothing but zeros. */
bool seeds_child_finds_zeros(const unsigned char *p);

/* Drops it, or not; whether it is zero then. */
bool seeds_drop(unsigned char *p);

/* kB that smaps says are in swap, of the mapping @p lies in. */
long seeds_swap_kb(const void *p);

#endif
