// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A flag outside of the mask is ignored by kernels that do not know it; a type inside of it is
 * refused. So it matters that MAP_DROPPABLE lies in the mask of every architecture. parisc has a
 * mask of its own: without the bit 0x04, which is its MAP_FIXED. Source: uapi/asm/mman.h of each.
 */
#define _GNU_SOURCE
#include "map-types.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>

const struct cli_map_types cli_map_types[] = {
	{ "alpha", 0x0f, 0x100 }, { "mips", 0x0f, 0x10 },   { "parisc", 0x2b, 0x04 },
	{ "xtensa", 0x0f, 0x10 }, { "others", 0x0f, 0x10 },
};

const size_t cli_num_map_types = sizeof(cli_map_types) / sizeof(cli_map_types[0]);

#ifdef MAP_DROPPABLE
_Static_assert(MAP_DROPPABLE == CLI_MAP_DROPPABLE, "ABI");
#endif
_Static_assert((CLI_MAP_DROPPABLE & ~MAP_TYPE) == 0, "MAP_DROPPABLE is a mapping type");
_Static_assert((CLI_MAP_IMPOSSIBLE_TYPE & ~MAP_TYPE) == 0, "what is refused is a mapping type");

/* What the compiler knows of the architecture decides; its name only chooses the row. */
const struct cli_map_types *cli_map_types_here(void)
{
	const struct cli_map_types *types = &cli_map_types[cli_num_map_types - 1];
	struct utsname name;

	if (uname(&name) != 0)
		return types;
	for (size_t i = 0; i < cli_num_map_types; i++)
		if (strncmp(name.machine, cli_map_types[i].architecture,
			    strlen(cli_map_types[i].architecture)) == 0)
			types = &cli_map_types[i];
	return types;
}

bool cli_is_type_of_its_own(const struct cli_map_types *types, unsigned int type)
{
	return (type & ~types->mask) == 0 && (type & types->fixed) == 0 && type > 3;
}
