/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Whether the memory of libvgetrandom's states in another process is still wiped on fork. A
 * checkpointer that puts back what was in the memory, and not what was asked of it, leaves states
 * that look like any other memory; so they are found through the library itself.
 */
#ifndef VGR_CLI_BLOCKS_H
#define VGR_CLI_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

struct cli_blocks {
	bool is_known; /* a library with states was found, and its memory could be read */
	uint64_t lost; /* a mapping that is no longer wiped on fork; 0: none */
};

/* Looks at the process whose folder in /proc is @proc_fd. What cannot be read is not known. */
void cli_blocks_check(int proc_fd, struct cli_blocks *blocks);

#endif
