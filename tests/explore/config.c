// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "memory.h"
#include "order.h"

struct explore_config explore_now;

struct explore_snapshot {
	size_t len;
	uint8_t bytes[];
};

struct explore_call *explore_top(void)
{
	return &explore_now.calls[explore_now.num_calls - 1];
}

void explore_stack_range(unsigned int n, uint64_t *begin, uint64_t *end)
{
	const struct explore_call *call = &explore_now.calls[n];
	const uint64_t *regs = n + 1 == explore_now.num_calls ? explore_now.regs : call->regs;

	*begin = regs[explore_machine.arch->sp] - explore_machine.red_zone;
	*end = call->entry_sp + 8 + explore_machine.arch->above_sp;
	if (*begin > *end)
		*begin = *end;
}

void explore_set_generation(uint64_t generation)
{
	explore_now.generation = generation;
	if (explore_machine.generation)
		explore_store_long(explore_machine.generation, generation);
}

/* Either way: to the snapshot or from it. */
struct cursor {
	uint8_t *at;
	bool saves;
	size_t len;
};

static void move(struct cursor *cursor, void *memory, size_t len)
{
	if (!cursor->at)
		;
	else if (cursor->saves)
		memcpy(cursor->at + cursor->len, memory, len);
	else
		memcpy(memory, cursor->at + cursor->len, len);
	cursor->len += len;
}

static void move_all(struct cursor *cursor)
{
	struct explore_config *c = &explore_now;
	struct explore_memory memory;

	move(cursor, c, offsetof(struct explore_config, calls));
	move(cursor, c->calls, c->num_calls * sizeof(c->calls[0]));
	move(cursor, c->past, c->num_past * sizeof(c->past[0]));
	for (unsigned int n = 0; explore_memory_get(n, &memory); n++)
		move(cursor, memory.bytes, memory.len);
	for (unsigned int i = 0; i < c->num_calls; i++) {
		uint64_t begin, end;
		size_t size = c->calls[i].size;

		explore_stack_range(i, &begin, &end);
		move(cursor, explore_machine_at(begin, end - begin), end - begin);
		move(cursor, explore_machine_at(explore_buffer_address(i, size), size), size);
	}
}

struct explore_snapshot *explore_snapshot_take(void)
{
	struct cursor measure = { NULL, true, 0 };
	struct explore_snapshot *snapshot;

	move_all(&measure);
	snapshot = malloc(sizeof(*snapshot) + measure.len);
	if (!snapshot)
		explore_die("out of memory; choose fewer faults");
	snapshot->len = measure.len;
	move_all(&(struct cursor){ snapshot->bytes, true, 0 });
	return snapshot;
}

void explore_snapshot_put_back(const struct explore_snapshot *snapshot)
{
	move_all(&(struct cursor){ (uint8_t *)snapshot->bytes, false, 0 });
	explore_set_generation(explore_now.generation);
}

void explore_snapshot_free(struct explore_snapshot *snapshot)
{
	free(snapshot);
}
