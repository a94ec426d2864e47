// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The pool is a list of blocks that only grows. A block has up to 64 slots and a word with a bit
 * for each that is taken; taking one is an atomic or that found the bit clear. Nothing is ever
 * unlinked, so there is no ABA problem, and a signal handler or another thread in the middle of any
 * of this is harmless.
 *
 * So is a fork: what the child finds of a thread that did not come along is a bit that stays set,
 * and so one slot less.
 */
#include "pool.h"

#include <linux/errno.h>
#include <vgetrandom/port.h>

#include "access.h"
#include "memory.h"
#include "pool-layout.h"
#include "shared.h"
#include "wipe.h"

/*
 * With a judge each, four pages of 4 KiB. A page that nobody touched costs nothing, and the threads
 * of a small program lie apart, see best_index().
 */
#define SLOTS_PER_BLOCK_MIN 12

static struct vgr_block *newest;

static __attribute__((used)) const struct vgr_beacon beacon = {
	.magic = VGR_BEACON_MAGIC,
	.len = sizeof(struct vgr_beacon),
	.newest = &newest,
	.older_at = offsetof(struct vgr_block, older),
	.slots_at = offsetof(struct vgr_block, slots),
	.states_at = offsetof(struct vgr_block, states) + offsetof(struct vgr_states, base),
};

static uint64_t all_taken(size_t num)
{
	return num >= VGR_SLOTS_PER_BLOCK_MAX ? ~(uint64_t)0 : ((uint64_t)1 << num) - 1;
}

static size_t whole_pages(size_t len)
{
	size_t page = vgr_page_len();

	return (len + page - 1) & ~(page - 1);
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

static struct vgr_block *newest_block(void)
{
	return __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
}

static struct vgr_block *block_of(const struct vgr_slot *slot)
{
	struct vgr_block *block = newest_block();

	while (block && (slot < block->slots || slot >= block->slots + block->states.num))
		block = block->older;
	return block;
}

static uint64_t bit_of(const struct vgr_block *block, const struct vgr_slot *slot)
{
	return (uint64_t)1 << (slot - block->slots);
}

/*
 * A fork in the middle, by a handler, leaves the child with the end of this on a slot of zeros.
 * What is stored first tells.
 */
static void fill(const struct vgr_block *block, struct vgr_slot *slot)
{
	const struct vgr_provider *provider = block->provider;
	size_t index = (size_t)(slot - block->slots);
	void *state = (uint8_t *)block->states.base + index * block->states.stride;

	/* A lock is not inherited by the child, which finds this zero. */
	if (block->states.swappable && !slot->opaque && vgr_shared_may_map())
		vgr_lock_state(state, provider->state_len);
	do {
		WRITE_ONCE(slot->opaque, state);
		WRITE_ONCE(slot->state, provider->rng_data ? state : NULL);
		if (provider->judge_len)
			WRITE_ONCE(slot->judge, (uint64_t *)(block->judges +
							     index * vgr_judge_stride(provider)));
		WRITE_ONCE(slot->provider, provider);
	} while (READ_ONCE(slot->opaque) != state);
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

static bool take_from(struct vgr_block *block, struct vgr_slot **slot)
{
	uint64_t all = all_taken(block->states.num);
	uint64_t taken = __atomic_load_n(&block->taken, __ATOMIC_RELAXED);

	while (~taken & all) {
		unsigned int index = best_index(~taken & all);
		uint64_t bit = (uint64_t)1 << index;

		/* The acquire pairs with the release in vgr_pool_put(): the state is wiped. */
		taken = __atomic_fetch_or(&block->taken, bit, __ATOMIC_ACQ_REL);
		if (taken & bit)
			continue;
		*slot = &block->slots[index];
		fill(block, *slot);
		return true;
	}
	return false;
}

static bool take_any(const struct vgr_provider *provider, struct vgr_slot **slot)
{
	for (struct vgr_block *block = newest_block(); block; block = block->older)
		if (block->provider == provider && take_from(block, slot))
			return true;
	return false;
}

static void push(struct vgr_block *block)
{
	struct vgr_block *next = newest_block();

	do {
		block->older = next;
	} while (!__atomic_compare_exchange_n(&newest, &next, block, false, __ATOMIC_RELEASE,
					      __ATOMIC_ACQUIRE));
}

static size_t growth(const struct vgr_provider *provider)
{
	for (struct vgr_block *block = newest_block(); block; block = block->older)
		if (block->provider == provider)
			return VGR_SLOTS_PER_BLOCK_MAX;
	return SLOTS_PER_BLOCK_MIN;
}

/*
 * Blocks with all @num slots that @states hold, in memory at @blocks and @slots. @slot, if not
 * NULL, gets one of them before another thread can.
 */
static void make_blocks(const struct vgr_provider *provider, const struct vgr_states *states,
			size_t num, struct vgr_block *blocks, struct vgr_slot *slots,
			struct vgr_slot **slot)
{
	size_t num_blocks = (num + VGR_SLOTS_PER_BLOCK_MAX - 1) / VGR_SLOTS_PER_BLOCK_MAX;

	/* The first block, which is full, becomes the newest. */
	for (size_t i = num_blocks; i-- > 0;) {
		vgr_block_lay_out(&blocks[i], provider, states, num, i * VGR_SLOTS_PER_BLOCK_MAX);
		blocks[i].slots = slots + i * VGR_SLOTS_PER_BLOCK_MAX;
		for (size_t k = 0; states->swappable && k < blocks[i].states.num; k++)
			blocks[i].slots[k].opaque = states->base; /* locked by now */
		if (slot && i == 0) {
			blocks[i].taken = 1;
			*slot = blocks[i].slots;
			fill(&blocks[i], *slot);
		}
		push(&blocks[i]);
	}
}

/*
 * @num more slots, in two mappings however many they are: all of them or none. If @slot is wanted
 * and another thread was faster, one of its new slots does; or there would be many if all that come
 * at once kept theirs.
 */
static int grow(const struct vgr_provider *provider, size_t num, struct vgr_slot **slot)
{
	struct vgr_states states;
	size_t blocks_len, slots_len;
	void *memory;
	int err = provider->map_states(provider->state_len, vgr_states_for(provider, num), &states);

	if (err)
		return err;
	num = vgr_slots_in(provider, states.num);
	blocks_len = whole_pages((num / VGR_SLOTS_PER_BLOCK_MAX + 1) * sizeof(struct vgr_block));
	slots_len = whole_pages(num * sizeof(struct vgr_slot));
	err = num ? vgr_map_wipe_on_fork(blocks_len, slots_len, &memory) : -EOPNOTSUPP;
	if (!err && slot && take_any(provider, slot)) {
		vgr_port_munmap(memory, blocks_len + slots_len);
		memory = NULL;
	}
	if (err || !memory) {
		vgr_port_munmap(states.base, states.mapped_len);
		return err;
	}
	make_blocks(provider, &states, num, memory,
		    (struct vgr_slot *)((uint8_t *)memory + blocks_len), slot);
	return 0;
}

int vgr_pool_get(const struct vgr_provider *provider, bool may_grow, struct vgr_slot **slot)
{
	if (take_any(provider, slot))
		return 0;
	return may_grow ? grow(provider, growth(provider), slot) : -ENOMEM;
}

void vgr_pool_wipe(struct vgr_slot *slot)
{
	const struct vgr_block *block = block_of(slot);
	size_t index = (size_t)(slot - block->slots);

	/* Also rids it of the token of a call that was left by siglongjmp(). */
	vgr_wipe((uint8_t *)block->states.base + index * block->states.stride,
		 block->provider->state_len);
	WRITE_ONCE(slot->expected, 0);
	WRITE_ONCE(slot->seed_id, 0);
}

void vgr_pool_put(struct vgr_slot *slot)
{
	struct vgr_block *block = block_of(slot);

	vgr_pool_wipe(slot);
	__atomic_fetch_and(&block->let_go, ~bit_of(block, slot), __ATOMIC_RELAXED);
	__atomic_fetch_and(&block->taken, ~bit_of(block, slot), __ATOMIC_RELEASE);
}

bool vgr_pool_let_go(struct vgr_slot *slot)
{
	struct vgr_block *block = block_of(slot);
	uint64_t bit = bit_of(block, slot);

	/* The one holder's acquire pairs with the other one's release. */
	if (!(__atomic_fetch_or(&block->let_go, bit, __ATOMIC_ACQ_REL) & bit))
		return false;
	vgr_pool_put(slot);
	return true;
}

void vgr_pool_revive(struct vgr_slot *slot)
{
	slot->seed_id = VGR_SEED_LOST;
	fill(block_of(slot), slot);
}

static size_t count_free(const struct vgr_provider *provider)
{
	size_t num = 0;

	for (const struct vgr_block *block = newest_block(); block; block = block->older)
		if (block->provider == provider)
			num += count_bits(~__atomic_load_n(&block->taken, __ATOMIC_RELAXED) &
					  all_taken(block->states.num));
	return num;
}

int vgr_pool_reserve(const struct vgr_provider *provider, size_t num)
{
	size_t num_free;

	/* Once, unless other threads take slots meanwhile. */
	while ((num_free = count_free(provider)) < num) {
		size_t more = num - num_free;
		int err = grow(provider, more < SLOTS_PER_BLOCK_MIN ? SLOTS_PER_BLOCK_MIN : more,
			       NULL);

		if (err)
			return err;
	}
	return 0;
}

void vgr_pool_add_stats(struct vgetrandom_stats *stats)
{
	for (const struct vgr_block *block = newest_block(); block; block = block->older) {
		for (size_t i = 0; i < block->states.num; i++) {
			const struct vgr_slot *slot = &block->slots[i];

			stats->calls += __atomic_load_n(&slot->calls, __ATOMIC_RELAXED);
			stats->bytes += __atomic_load_n(&slot->bytes, __ATOMIC_RELAXED);
			stats->reseeds += __atomic_load_n(&slot->reseeds, __ATOMIC_RELAXED);
			stats->wipes += __atomic_load_n(&slot->wipes, __ATOMIC_RELAXED);
		}
	}
}
