// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* __vdso_getrandom() of this project, with a state of its own. */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../kernel-side/include/vgetrandom/abi.h"
#include "../../vdso/state.h"
#include "chacha.h"
#include "config.h"
#include "machine.h"
#include "order.h"
#include "past.h"

#define GENERATION 0x1001

/* Every position is a multiple of it, but for reads of four bytes where these cost four. */
#define POSITION_STEP 8

static uint8_t *rng_data;

static unsigned int add(struct explore_start *starts, unsigned int num, const char *name,
			size_t position, bool is_old)
{
	snprintf(starts[num].name, sizeof(starts[num].name), "%s", name);
	starts[num].position = (uint32_t)position;
	starts[num].is_old = is_old;
	return num + 1;
}

/* Those that do not depend on the size. */
static unsigned int add_common(struct explore_start *starts)
{
	unsigned int num = add(starts, 0, "empty", 0, false);

	num = add(starts, num, "fresh", VGR_BATCH_OFFSET, false);
	return add(starts, num, "old", VGR_BATCH_OFFSET, true);
}

static unsigned int starts_for(uint32_t size, struct explore_start *starts)
{
	bool by_four = size <= 4 && explore_machine.arch->local_align <= 4;
	size_t step = by_four ? 4 : POSITION_STEP, end = sizeof(struct vgr_state);
	size_t near = VGR_SMALL_LEN_MAX;
	unsigned int num = add_common(starts);
	char name[EXPLORE_NAME_MAX];

	/* One that is enough, and ends in front of the end or behind it. */
	if (size > VGR_SMALL_LEN_MAX && size <= 64)
		near = (size + POSITION_STEP - 1) & ~(size_t)(POSITION_STEP - 1);
	/* Below this a position is none, and one is like another. */
	for (size_t left = near + 2 * step; left + step >= VGR_SMALL_LEN_MAX; left -= step) {
		snprintf(name, sizeof(name), "left-%zu", left);
		num = add(starts, num, name, end - left, false);
	}
	return add(starts, num, "left-0", end, false);
}

static bool find_start(const char *name, struct explore_start *start)
{
	struct explore_start common[EXPLORE_STARTS_MAX];
	unsigned int num = add_common(common);
	unsigned long left;
	char *end;

	for (unsigned int i = 0; i < num; i++) {
		if (strcmp(common[i].name, name) == 0) {
			*start = common[i];
			return true;
		}
	}
	if (strncmp(name, "left-", 5) != 0)
		return false;
	left = strtoul(name + 5, &end, 10);
	if (*end || !name[5] || left > VGR_BATCH_LEN || left % 4)
		return false;
	add(start, 0, name, sizeof(struct vgr_state) - left, false);
	return true;
}

/* As after a refill, and reads of all that is in front of @position. */
static void fill(struct vgr_state *st, const struct explore_start *start)
{
	uint32_t seed[EXPLORE_KEY_WORDS], words[(VGR_CHACHA20_KEY_LEN + VGR_BATCH_LEN) / 4];
	uint32_t fresh = explore_source_fresh(explore_now.num_seeds++), source;
	uint32_t id[2] = { explore_word(fresh, 0), explore_word(fresh, 1) };
	size_t read = (start->position - VGR_BATCH_OFFSET) / 4;

	for (uint32_t i = 0; i < EXPLORE_KEY_WORDS; i++)
		seed[i] = explore_word(fresh, 2 + i);
	source = explore_source_keystream(seed);
	for (uint32_t i = 0; i < sizeof(words) / 4; i++)
		words[i] = explore_word(source, i);
	for (size_t i = EXPLORE_KEY_WORDS; i < EXPLORE_KEY_WORDS + read; i++) {
		explore_past_add(words[i], EXPLORE_OWN);
		words[i] = 0;
	}
	st->position = start->position;
	for (size_t i = 0; i < 2; i++)
		explore_store_word((uint32_t *)&st->seed_id + i, id[i]);
	for (size_t i = 0; i < sizeof(words) / 4; i++)
		explore_store_word(st->key + 4 * i, words[i]);
	st->generation = start->is_old ? GENERATION + 1 : GENERATION;
}

static void make_start(const struct explore_start *start, uint32_t level)
{
	struct vgr_state st = { 0 };

	memset(&explore_now, 0, sizeof(explore_now));
	explore_store_word(rng_data + offsetof(struct vgetrandom_rng_data, is_ready), 1);
	explore_store_word(rng_data + offsetof(struct vgetrandom_rng_data, chacha), level);
	explore_set_generation(GENERATION);
	if (start->position)
		fill(&st, start);
	if (start->is_old)
		explore_now.seed_needed = explore_now.num_seeds;
	explore_swap_state(&st);
	memcpy(explore_machine.state, &st, sizeof(st));
}

static void open_image(uint32_t level)
{
	const struct explore_arch *arch = explore_machine.arch;
	uint64_t address;

	rng_data = explore_machine_add_state(sizeof(struct vgr_state), &address);
	explore_machine.generation = rng_data + offsetof(struct vgetrandom_rng_data, generation);
	for (unsigned int i = 0; arch->chacha[i].symbol; i++)
		if (arch->chacha[i].level == level)
			explore_chacha_add(explore_image_symbol(explore_machine.image,
								arch->chacha[i].symbol, NULL));
}

/* This shape is that of every vDSO. */
void explore_enter_vdso(uint64_t *regs, uint64_t buffer, uint32_t size)
{
	const struct explore_machine *m = &explore_machine;
	uint64_t args[] = { buffer, size, 0, m->state_address, m->state_len };

	for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++)
		regs[m->arch->args[i]] = args[i];
	regs[m->arch->pc] = m->image->entry;
}

static const uint8_t *state(unsigned int n, uint64_t *generation)
{
	*generation = explore_now.generation;
	return n ? NULL : explore_machine.state;
}

const struct explore_target explore_target_image = {
	.name = "image",
	.summary = "FILE is the image of a build folder",
	.load = explore_image_load,
	.open = open_image,
	.enter = explore_enter_vdso,
	.starts = starts_for,
	.find_start = find_start,
	.make_start = make_start,
	.reseed = explore_reseed_generation,
	.state = state,
};
