/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Memory of the emulated process besides stack and buffers: what calls find as they left it, and
 * what a wipe and a fork do to it. It is the explorer's own, so it is copied and put back without
 * asking the emulator.
 */
#ifndef EXPLORE_MEMORY_H
#define EXPLORE_MEMORY_H

#include "explore.h"

/* What becomes of it; each is harder on it than the one before. */
enum explore_fate {
	EXPLORE_NOT_MAPPED,
	EXPLORE_STAYS,         /* a child inherits it */
	EXPLORE_WIPED_ON_FORK, /* zero in a child: a mapping as a whole */
	EXPLORE_WIPED_PART,    /* the same, and what is in front of it stays: the library's slots */
	EXPLORE_DROPPABLE,     /* zero in a child, and whenever memory is short */
};

struct explore_memory {
	uint64_t address;
	size_t len;
	uint8_t *bytes;
	enum explore_fate fate;
};

/* A piece that is always there. */
void explore_memory_add(const struct explore_memory *memory);

/* EXPLORE_HEAP_PAGES pages at EXPLORE_HEAP; the fate of each is in explore_now.heap. */
void explore_memory_set_heap(uint8_t *bytes);

/* Number @n; false: there are not so many. Of what is not mapped len is 0. */
bool explore_memory_get(unsigned int n, struct explore_memory *memory);

/* What @address is in. */
enum explore_fate explore_memory_fate(uint64_t address);

/* NULL: there are not @len bytes at @address. */
uint8_t *explore_memory_at(uint64_t address, size_t len);

/* Whatever has this fate or a harder one becomes zero. */
void explore_memory_wipe(enum explore_fate fate);

#endif
