/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The numbers behind mmap()'s mapping types, which are not the same on all architectures of Linux.
 */
#ifndef VGR_CLI_MAP_TYPES_H
#define VGR_CLI_MAP_TYPES_H

#include <stdbool.h>
#include <stddef.h>

/* A mapping type, everywhere: Linux 6.11, <linux/mman.h>. */
#define CLI_MAP_DROPPABLE 0x08

/* A type that Linux does not have, in the mask of every architecture. */
#define CLI_MAP_IMPOSSIBLE_TYPE 0x0b

struct cli_map_types {
	const char *architecture;
	unsigned int mask;  /* MAP_TYPE */
	unsigned int fixed; /* MAP_FIXED, which lies beside the mask */
};

extern const struct cli_map_types cli_map_types[];
extern const size_t cli_num_map_types;

/* This machine's; the last one stands for all others. */
const struct cli_map_types *cli_map_types_here(void);

/*
 * Whether a kernel of this architecture takes @type for a type of its own: every bit is in the
 * mask, it is none of MAP_SHARED, MAP_PRIVATE and MAP_SHARED_VALIDATE, and no bit means MAP_FIXED.
 */
bool cli_is_type_of_its_own(const struct cli_map_types *types, unsigned int type);

#endif
