// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The state machine when something is as it should never be: the position, the data page; and what
 * a call leaves on the stack. Signals and forks in the middle of a call are system tests.
 * I1 to I9 are the invariants of vdso/README.md.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "model.h"
#include "oracle.h"
#include "probe.h"
#include "state-fixture.h"

TestSuite(state_faults, .init = state_setup);

static uint32_t storm_ends;

static void *change_generation_forever(void *data_page)
{
	struct vgetrandom_rng_data *data = data_page;

	while (!__atomic_load_n(&storm_ends, __ATOMIC_RELAXED))
		__atomic_fetch_add(&data->generation, 1, __ATOMIC_RELEASE);
	return NULL;
}

static int compare_outputs(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

/* I5. Every call returns, and nothing that was given up is handed out later. */
Test(state_faults, endless_reseeds_neither_hang_nor_repeat)
{
	enum { CALLS = 10000 };
	struct vgetrandom_rng_data *data = vgt_image_open_data_page();
	uint8_t(*outputs)[16] = calloc(CALLS, 16);
	pthread_t storm;

	cr_assert(outputs);
	cr_assert_eq(pthread_create(&storm, NULL, change_generation_forever, data), 0);
	for (unsigned int i = 0; i < CALLS; i++) {
		/* Also long ones: their first bytes are as good as any. */
		draw(states, i % 16 == 0 ? 600 : 16);
		memcpy(outputs[i], buf, 16);
		cr_assert_eq(states->token, 0, "call %u: still marked as in use", i);
	}
	storm_ends = 1;
	pthread_join(storm, NULL);
	qsort(outputs, CALLS, 16, compare_outputs);
	for (unsigned int i = 0; i < CALLS; i++) {
		cr_assert(!has_zero_window(outputs[i], 16), "zeros were handed out");
		cr_assert(i == 0 || memcmp(outputs[i - 1], outputs[i], 16) != 0,
			  "an output was handed out twice");
	}
	free(outputs);
}

static bool is_position(uint64_t position)
{
	return position >= VGR_BATCH_OFFSET && position <= VGR_POSITION_MAX;
}

/* A position as nobody would store it, in a state that is otherwise full. I4. */
static void draw_from_position(struct vgr_state *st, uint64_t position, size_t len)
{
	unsigned char *page = (unsigned char *)states;
	size_t before = (size_t)((unsigned char *)st - page);

	memset(page, MARK, VGT_PAGE_LEN);
	vgt_random_fill(&r, st, STATE_LEN);
	st->generation = generation();
	st->seed_id = 1;
	st->token = 0;
	st->position = position;
	memcpy(expected, st->batch, VGR_BATCH_LEN);
	draw(st, len);
	cr_assert(!has_zero_window(buf, len), "position %#lx, %zu bytes: zeros; seed %lu",
		  (unsigned long)position, len, (unsigned long)r.seed);
	cr_assert(vgt_all_are(page, before, MARK) &&
			  vgt_all_are(st + 1, VGT_PAGE_LEN - before - STATE_LEN, MARK),
		  "position %#lx, %zu bytes: wrote outside of the state", (unsigned long)position,
		  len);
	if (is_position(position) || len > batch_read_max)
		return;
	for (size_t i = 0; i + 8 <= VGR_BATCH_LEN && len >= 8; i++)
		cr_assert(memcmp(buf, expected + i, 8) != 0,
			  "position %#lx, %zu bytes: took a batch that counts as read",
			  (unsigned long)position, len);
}

Test(state_faults, bad_position_harms_nothing)
{
	static const size_t lens[] = { 1, 4, 8, 15, 16, 32, 33, 48, 64, 512, 513, 600 };
	const uint64_t odd[] = { (uint64_t)1 << 63,
				 (uint64_t)1 << 32,
				 ((uint64_t)1 << 32) + VGR_BATCH_OFFSET,
				 UINT32_MAX,
				 UINT64_MAX,
				 UINT64_MAX - 7,
				 UINT64_MAX - 927,
				 UINT64_MAX - 1023,
				 (uint64_t) - (int64_t)VGR_BATCH_OFFSET,
				 (uint64_t)(uintptr_t)states };

	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		/* Around the ends of the state closely, elsewhere some; the last state, too. */
		for (uint64_t position = 0; position < 2100; position += position < 1100 ? 1 : 37) {
			draw_from_position(&states[1], position, lens[i]);
			draw_from_position(&states[3], position, lens[i]);
		}
		for (size_t j = 0; j < sizeof(odd) / sizeof(*odd); j++)
			draw_from_position(&states[3], odd[j], lens[i]);
	}
}

/* I9. The stack is the probe's own, so a sanitizer changes nothing here. */
static void expect_nothing_left_behind(struct vgt_probe *probe, uint32_t level, size_t len)
{
	const uint64_t args[6] = { (uint64_t)buf, len, 0, (uint64_t)states, STATE_LEN };
	struct vgr_state before = *states;
	const struct {
		const char *what;
		const void *bytes;
		size_t len;
	} secrets[] = {
		{ "output", buf, len },
		{ "old key", before.key, sizeof(before.key) },
		{ "old batch", before.batch, sizeof(before.batch) },
		{ "new key", states->key, sizeof(states->key) },
		{ "new batch", states->batch, sizeof(states->batch) },
	};
	size_t at = 0;

	cr_assert_eq(vgt_probe_call(probe, (const void *)fn, args), len);
	cr_assert(vgt_probe_kept_registers(probe));
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		cr_assert(!vgt_probe_stack_has(probe, secrets[i].bytes, secrets[i].len, &at),
			  "%s, %zu bytes: %s at byte %zu of the stack", vgt_level_name(level), len,
			  secrets[i].what, at);
	/* The caller has the output anyway, and a compiler clears no registers. */
	if (level == VGETRANDOM_CHACHA_GENERIC)
		return;
	cr_assert(!vgt_probe_registers_have(probe, states->key, sizeof(states->key), &at),
		  "%s, %zu bytes: the key is in a register (%zu)", vgt_level_name(level), len, at);
}

Test(state_faults, leaves_nothing_on_the_stack)
{
	static const size_t lens[] = { 8,   12,  16,  24,   31,   32,   33,   48,
				       64,  100, 300, 512,  513,  640,  641,  928,
				       929, 992, 993, 1024, 1025, 1056, 1057, 5000 };
	struct vgt_probe probe;

	vgt_probe_init(&probe);
	for (uint32_t level = 0; level <= vgr_cpu_chacha_max(); level++) {
		vgt_image_start(level);
		for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
			/* Seeding, refilling, and from a batch. */
			memset((void *)states, 0, STATE_LEN);
			for (int call = 0; call < 4; call++)
				expect_nothing_left_behind(&probe, level, lens[i]);
		}
	}
	vgt_probe_exit(&probe);
}
