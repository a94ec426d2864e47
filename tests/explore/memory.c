// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memory.h"

#include <string.h>

#include "config.h"

#define PIECES_MAX 4

static struct {
	struct explore_memory pieces[PIECES_MAX];
	unsigned int num;
	uint8_t *heap;
} memories;

void explore_memory_add(const struct explore_memory *memory)
{
	if (memories.num == PIECES_MAX)
		explore_die("more than %d pieces of memory", PIECES_MAX);
	memories.pieces[memories.num++] = *memory;
}

void explore_memory_set_heap(uint8_t *bytes)
{
	memories.heap = bytes;
}

bool explore_memory_get(unsigned int n, struct explore_memory *memory)
{
	unsigned int page = n - memories.num;

	if (n < memories.num) {
		*memory = memories.pieces[n];
		return true;
	}
	if (!memories.heap || page >= EXPLORE_HEAP_PAGES)
		return false;
	memory->address = EXPLORE_HEAP + page * EXPLORE_PAGE;
	memory->bytes = memories.heap + page * EXPLORE_PAGE;
	memory->fate = explore_now.heap[page];
	memory->len = memory->fate ? EXPLORE_PAGE : 0;
	return true;
}

static bool find(uint64_t address, size_t len, struct explore_memory *memory)
{
	for (unsigned int n = 0; explore_memory_get(n, memory); n++)
		if (len <= memory->len && address - memory->address <= memory->len - len)
			return true;
	return false;
}

enum explore_fate explore_memory_fate(uint64_t address)
{
	struct explore_memory memory;

	return find(address, 1, &memory) ? memory.fate : EXPLORE_NOT_MAPPED;
}

uint8_t *explore_memory_at(uint64_t address, size_t len)
{
	struct explore_memory memory;

	return find(address, len, &memory) ? memory.bytes + (address - memory.address) : NULL;
}

void explore_memory_wipe(enum explore_fate fate)
{
	struct explore_memory memory;

	for (unsigned int n = 0; explore_memory_get(n, &memory); n++)
		if (memory.fate >= fate)
			memset(memory.bytes, 0, memory.len);
}
