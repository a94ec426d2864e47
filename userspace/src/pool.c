// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The pool is a list of blocks that only grows. A block has up to 64 states and a word
 * with a bit for each that is taken; taking one is an atomic or that found the bit
 * clear. Nothing is ever unlinked, so there is no ABA problem, and a signal handler or
 * another thread in the middle of any of this is harmless.
 *
 * A fork in the middle, too: the child finds blocks without states (num is 0) and the
 * list empty, and starts over.
 */
#include "pool.h"

#include <linux/errno.h>
#include <vgetrandom/port.h>

#include "memory.h"

#define STATES_PER_BLOCK_MAX 64

/* In wipe-on-fork memory, the counters behind it. */
struct vgr_block {
	struct vgr_block *older;
	uint8_t *states;
	uint64_t taken; /* bit i: state i has an owner */
	size_t num;
	size_t stride;
	uint64_t unused[3];
	struct vgr_counters counters[];
};
_Static_assert(sizeof(struct vgr_block) == 64, "counters begin a cache line");

static uint64_t all_taken(size_t num)
{
	return num >= STATES_PER_BLOCK_MAX ? ~(uint64_t)0 : ((uint64_t)1 << num) - 1;
}

static size_t whole_pages(size_t len)
{
	size_t page = vgr_page_len();

	return (len + page - 1) & ~(page - 1);
}

/* Of a block with @num states, or as many of them as a block can have. */
static size_t block_len(size_t num)
{
	if (num > STATES_PER_BLOCK_MAX)
		num = STATES_PER_BLOCK_MAX;
	return sizeof(struct vgr_block) + num * sizeof(struct vgr_counters);
}

/* Compilers make library calls of these for machines without an instruction for them. */
static unsigned int lowest_bit(uint64_t word)
{
	unsigned int i = 0;

	while (!(word >> i & 1))
		i++;
	return i;
}

static size_t count_bits(uint64_t word)
{
	size_t num = 0;

	for (; word; word &= word - 1)
		num++;
	return num;
}

static struct vgr_block *newest_block(const struct vgr_pool *pool)
{
	return __atomic_load_n(pool->newest, __ATOMIC_ACQUIRE);
}

int vgr_pool_init(struct vgr_pool *pool, size_t state_len)
{
	void *memory;
	int err;

	if (pool->newest)
		return 0;
	pool->state_len = state_len;
	err = vgr_map_wipe_on_fork(whole_pages(sizeof(*pool->newest)), &memory);
	if (!err)
		pool->newest = memory;
	return err;
}

static void fill_slot(struct vgr_slot *slot, struct vgr_block *block,
		      const struct vgr_states *states, unsigned int index)
{
	block->counters[index].alive = 1;
	*slot = (struct vgr_slot){
		.state = (uint8_t *)states->base + index * states->stride,
		.counters = &block->counters[index],
		.block = block,
		.block_states = states->base,
		.block_num = states->num,
		.block_stride = states->stride,
	};
}

/*
 * Of the bits in @free one with an even number, if there is one. A core that reads its batch
 * fetches ahead, beyond the end of its state; a thread on another core that has the state behind it
 * would find its first lines gone at every refill, which costs it a third of its speed.
 */
static unsigned int best_index(uint64_t free)
{
	uint64_t even = free & 0x5555555555555555;

	return lowest_bit(even ? even : free);
}

/*
 * Returns whether a free state was found in @block. What describes the states is read
 * before the bit is set: a fork in between wipes the block, and then the values read
 * before still name memory that the child has and nobody else in it uses.
 */
static bool take_from(struct vgr_block *block, struct vgr_slot *slot)
{
	struct vgr_states states = {
		.base = __atomic_load_n(&block->states, __ATOMIC_ACQUIRE),
		.num = __atomic_load_n(&block->num, __ATOMIC_RELAXED),
		.stride = __atomic_load_n(&block->stride, __ATOMIC_RELAXED),
	};
	uint64_t taken = __atomic_load_n(&block->taken, __ATOMIC_RELAXED);

	if (!states.base || !states.num || !states.stride)
		return false;
	while (~taken & all_taken(states.num)) {
		unsigned int index = best_index(~taken & all_taken(states.num));
		uint64_t bit = (uint64_t)1 << index;

		/* The acquire pairs with the release in vgr_pool_put(): the state is wiped. */
		taken = __atomic_fetch_or(&block->taken, bit, __ATOMIC_ACQ_REL);
		if (taken & bit)
			continue;
		fill_slot(slot, block, &states, index);
		return true;
	}
	return false;
}

static bool take_any(struct vgr_pool *pool, struct vgr_slot *slot)
{
	for (struct vgr_block *block = newest_block(pool); block; block = block->older)
		if (take_from(block, slot))
			return true;
	return false;
}

static void push(struct vgr_pool *pool, struct vgr_block *block)
{
	struct vgr_block *newest = newest_block(pool);

	do {
		block->older = newest;
	} while (!__atomic_compare_exchange_n(pool->newest, &newest, block, false, __ATOMIC_RELEASE,
					      __ATOMIC_ACQUIRE));
}

/* The first block is one page; who needs more than that will need many more. */
static size_t growth(const struct vgr_pool *pool)
{
	return newest_block(pool) ? STATES_PER_BLOCK_MAX : 1;
}

/* The part of @states that block @index of them has. */
static struct vgr_states part_of(const struct vgr_states *states, size_t index)
{
	size_t first = index * STATES_PER_BLOCK_MAX, num = states->num - first;

	return (struct vgr_states){
		.base = (uint8_t *)states->base + first * states->stride,
		.num = num < STATES_PER_BLOCK_MAX ? num : STATES_PER_BLOCK_MAX,
		.stride = states->stride,
	};
}

/*
 * Blocks for @num states, in two mappings however many they are: all of them or none. @slot, if
 * not NULL, gets one of the states before anybody else can; or one of other threads' new ones, of
 * which there would be many if all that come at once kept theirs.
 */
static int grow(struct vgr_pool *pool, size_t num, struct vgr_slot *slot)
{
	struct vgr_states states;
	size_t num_blocks, len;
	void *blocks;
	int err = pool->map(pool->state_len, num, &states);

	if (err)
		return err;
	num_blocks = (states.num + STATES_PER_BLOCK_MAX - 1) / STATES_PER_BLOCK_MAX;
	len = block_len(states.num);
	err = vgr_map_wipe_on_fork(whole_pages(num_blocks * len), &blocks);
	if (!err && slot && take_any(pool, slot)) {
		vgr_port_munmap(blocks, whole_pages(num_blocks * len));
		blocks = NULL;
	}
	if (err || !blocks) {
		vgr_port_munmap(states.base, states.mapped_len);
		return err;
	}
	/* The first block, which is full, becomes the newest. */
	for (size_t i = num_blocks; i-- > 0;) {
		struct vgr_block *block = (struct vgr_block *)((uint8_t *)blocks + i * len);
		struct vgr_states part = part_of(&states, i);

		block->stride = part.stride;
		block->num = part.num;
		block->states = part.base;
		if (slot && i == 0) {
			block->taken = 1;
			fill_slot(slot, block, &part, 0);
		}
		push(pool, block);
	}
	return 0;
}

int vgr_pool_get(struct vgr_pool *pool, struct vgr_slot *slot, bool may_grow)
{
	if (take_any(pool, slot))
		return 0;
	return may_grow ? grow(pool, growth(pool), slot) : -ENOMEM;
}

static void wipe(const struct vgr_pool *pool, void *state)
{
	volatile uint64_t *word = state;

	for (size_t i = 0; i < pool->state_len / sizeof(*word); i++)
		word[i] = 0;
}

void vgr_pool_put(const struct vgr_pool *pool, void *state)
{
	/* Also rids it of the mark of a call that was left by a jump. */
	wipe(pool, state);
	for (struct vgr_block *block = newest_block(pool); block; block = block->older) {
		uint8_t *states = __atomic_load_n(&block->states, __ATOMIC_ACQUIRE);
		size_t offset = (size_t)((uint8_t *)state - states);

		if (!states || (uint8_t *)state < states || offset >= block->num * block->stride)
			continue;
		__atomic_fetch_and(&block->taken, ~((uint64_t)1 << offset / block->stride),
				   __ATOMIC_RELEASE);
		return;
	}
}

static bool is_listed(const struct vgr_pool *pool, const struct vgr_block *wanted)
{
	const struct vgr_block *block = newest_block(pool);

	while (block && block != wanted)
		block = block->older;
	return block;
}

void vgr_pool_readopt(struct vgr_pool *pool, const struct vgr_slot *slot, bool others_are_free)
{
	struct vgr_block *block = slot->block;
	size_t index = (size_t)((uint8_t *)slot->state - slot->block_states) / slot->block_stride;

	/*
	 * The slot may be one half of this and one half of that: a handler filled it while another
	 * one did. Then the block stays as it is, which loses no more than memory.
	 */
	if (index >= slot->block_num || slot->counters != &block->counters[index])
		return;
	if (__atomic_load_n(&block->states, __ATOMIC_RELAXED))
		return;
	block->stride = slot->block_stride;
	block->num = slot->block_num;
	block->taken = others_are_free ? (uint64_t)1 << index : all_taken(slot->block_num);
	block->counters[index].alive = 1;
	/* Pairs with the acquire in take_from(). */
	__atomic_store_n(&block->states, slot->block_states, __ATOMIC_RELEASE);
	/* A block that was being made when the fork came is there already. */
	if (!is_listed(pool, block))
		push(pool, block);
}

/* Only what take_from() would take: a fork may leave a block behind that is not whole. */
static size_t count_free(const struct vgr_pool *pool)
{
	size_t num = 0;

	for (const struct vgr_block *block = newest_block(pool); block; block = block->older)
		if (block->states && block->stride)
			num += count_bits(~__atomic_load_n(&block->taken, __ATOMIC_RELAXED) &
					  all_taken(block->num));
	return num;
}

int vgr_pool_reserve(struct vgr_pool *pool, size_t num)
{
	size_t num_free;

	/* Once, unless other threads take states meanwhile. */
	while ((num_free = count_free(pool)) < num) {
		int err = grow(pool, num - num_free, NULL);

		if (err)
			return err;
	}
	return 0;
}

void vgr_pool_add_stats(const struct vgr_pool *pool, struct vgetrandom_stats *stats)
{
	for (struct vgr_block *block = newest_block(pool); block; block = block->older) {
		for (size_t i = 0; i < block->num; i++) {
			const struct vgr_counters *c = &block->counters[i];

			stats->calls += __atomic_load_n(&c->calls, __ATOMIC_RELAXED);
			stats->bytes += __atomic_load_n(&c->bytes, __ATOMIC_RELAXED);
			stats->reseeds += __atomic_load_n(&c->reseeds, __ATOMIC_RELAXED);
			stats->wipes += __atomic_load_n(&c->wipes, __ATOMIC_RELAXED);
		}
	}
}
