// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Finds the beacon of pool.h in the data of a process, and follows the list of blocks. The process
 * goes on meanwhile and may write what it likes there: nothing is believed, and every walk ends.
 */
#define _GNU_SOURCE
#include "blocks.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mappings.h"
#include "pool.h"

#define PIECE_LEN 65536

/* A list that is longer leads in a circle; a program's constants are shorter. */
#define BLOCKS_MAX      100000
#define SEGMENT_LEN_MAX (UINT64_C(64) << 20)

static bool read_at(int mem_fd, uint64_t address, void *to, size_t len)
{
	return pread(mem_fd, to, len, (off_t)address) == (ssize_t)len;
}

static bool read_word(int mem_fd, uint64_t address, uint64_t *word)
{
	return read_at(mem_fd, address, word, sizeof(*word));
}

/* Memory that is wiped on fork; the module's own forgets its pages there, too. */
static bool is_wiped(const struct cli_mapping *m)
{
	return cli_mapping_has(m, "wf") || cli_mapping_has(m, "dp") ||
	       strcmp(m->name, "/dev/vgetrandom") == 0;
}

static void check_mapping(int proc_fd, uint64_t address, struct cli_blocks *blocks)
{
	struct cli_mappings mappings;

	if (cli_mappings_read(proc_fd, address, &mappings) == 0 && mappings.num == 1 &&
	    mappings.has_flags && !is_wiped(&mappings.list[0]))
		blocks->lost = mappings.list[0].start;
	cli_mappings_free(&mappings);
}

/* To the first that is lost: a checkpointer that loses one loses all. */
static void walk(int proc_fd, int mem_fd, const struct vgr_beacon *beacon,
		 struct cli_blocks *blocks)
{
	uint64_t block, slots, states;

	if (!read_word(mem_fd, (uintptr_t)beacon->newest, &block))
		return;
	for (unsigned int i = 0; block && i < BLOCKS_MAX && !blocks->lost; i++) {
		if (!read_word(mem_fd, block + beacon->slots_at, &slots) ||
		    !read_word(mem_fd, block + beacon->states_at, &states))
			return;
		blocks->is_known = true;
		check_mapping(proc_fd, slots, blocks);
		check_mapping(proc_fd, states, blocks);
		if (!read_word(mem_fd, block + beacon->older_at, &block))
			return;
	}
}

static void search(int proc_fd, int mem_fd, uint64_t start, uint64_t end, struct cli_blocks *blocks)
{
	static uint64_t piece[PIECE_LEN / sizeof(uint64_t)];
	struct vgr_beacon beacon;

	for (uint64_t at = start; at < end; at += PIECE_LEN) {
		uint64_t len = end - at < PIECE_LEN ? end - at : PIECE_LEN;

		if (!read_at(mem_fd, at, piece, len))
			return;
		for (size_t i = 0; i < len / sizeof(*piece); i++) {
			if (piece[i] != VGR_BEACON_MAGIC ||
			    !read_at(mem_fd, at + i * sizeof(*piece), &beacon, sizeof(beacon)) ||
			    beacon.len != sizeof(beacon))
				continue;
			walk(proc_fd, mem_fd, &beacon, blocks);
		}
	}
}

/* Constants, before and after relocation: private, of a file, and no code. */
static void search_line(int proc_fd, int mem_fd, const char *line, struct cli_blocks *blocks)
{
	uint64_t start, end;
	char permissions[8], first;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s %c", &start, &end, permissions,
		   &first) == 4 &&
	    permissions[0] == 'r' && permissions[2] == '-' && permissions[3] == 'p' &&
	    first == '/' && end > start && end - start <= SEGMENT_LEN_MAX)
		search(proc_fd, mem_fd, start, end, blocks);
}

void cli_blocks_check(int proc_fd, struct cli_blocks *blocks)
{
	int mem_fd = openat(proc_fd, "mem", O_RDONLY | O_CLOEXEC);
	int maps_fd = openat(proc_fd, "maps", O_RDONLY | O_CLOEXEC);
	FILE *maps = maps_fd >= 0 ? fdopen(maps_fd, "r") : NULL;
	size_t size = 0;
	char *line = NULL;

	*blocks = (struct cli_blocks){ 0 };
	while (mem_fd >= 0 && maps && getline(&line, &size, maps) >= 0)
		search_line(proc_fd, mem_fd, line, blocks);
	free(line);
	if (maps)
		fclose(maps);
	else if (maps_fd >= 0)
		close(maps_fd);
	if (mem_fd >= 0)
		close(mem_fd);
}
