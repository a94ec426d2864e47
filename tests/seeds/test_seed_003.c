// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Seed 003: mremap() with an old size of 0 maps the same pages a second time, if the mapping is
 * shared. Two states with the same bytes would be two generators that say the same. So a state can
 * never be mapped twice: every way to ask is refused, or gives fresh zero pages. Moving a state is
 * no copy, and keeps it working.
 */
#define _GNU_SOURCE
#include "seeds.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "child.h"
#include "elf-symbol.h"
#include "guard.h"
#include "inprocess.h"
#include "vgetrandom.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/* Returns what is wrong, or NULL. In a child for memory that is not droppable. */
static const char *mirror(unsigned char *p)
{
	unsigned char *again = mremap(p, 0, SEEDS_LEN, MREMAP_MAYMOVE);

	if (!vgt_all_are(p, SEEDS_LEN, MARK))
		return "the original changed";
	if (again == MAP_FAILED)
		return errno == EINVAL ? NULL : "refused, but not with EINVAL";
	return vgt_all_are(again, SEEDS_LEN, 0) ? NULL : "the second mapping has the same bytes";
}

static const char *mirror_part(unsigned char *p)
{
	unsigned char *again = mremap(p + PAGE_LEN, 0, PAGE_LEN, MREMAP_MAYMOVE);

	if (again != MAP_FAILED && !vgt_all_are(again, PAGE_LEN, 0))
		return "the second mapping has the same bytes";
	return vgt_all_are(p, SEEDS_LEN, MARK) ? NULL : "the original changed";
}

/* The pages move, the old mapping stays: it must be empty. */
static const char *move_and_keep(unsigned char *p)
{
	unsigned char *to = mremap(p, SEEDS_LEN, SEEDS_LEN, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);

	if (to == MAP_FAILED)
		return vgt_all_are(p, SEEDS_LEN, MARK) ? NULL : "the original changed";
	if (!vgt_all_are(p, SEEDS_LEN, 0))
		return "the old mapping has the same bytes";
	return vgt_all_are(to, SEEDS_LEN, MARK) ? NULL : "the bytes did not move";
}

static const char *grow(unsigned char *p)
{
	struct vgt_vma vma;
	unsigned char *to = mremap(p, SEEDS_LEN, 2 * SEEDS_LEN, MREMAP_MAYMOVE);

	if (to == MAP_FAILED)
		return NULL;
	vma = seeds_vma(to);
	if (!vgt_vma_has(&vma, "wf") || !vgt_vma_has(&vma, "dd"))
		return "the grown mapping is not wiped on fork, or dumped";
	if (!vgt_all_are(to + SEEDS_LEN, SEEDS_LEN, 0))
		return "what came to it is not zero";
	memset(to, MARK, SEEDS_LEN);
	return seeds_child_finds_zeros(to) ? NULL : "a child finds the bytes";
}

static const char *(*const ways[])(unsigned char *) = { mirror, mirror_part, move_and_keep, grow };

static void ask_without_droppable(void *way)
{
	const char *wrong = (*(const char *(**)(unsigned char *))way)(seeds_not_droppable());

	if (wrong)
		vgt_child_fail("%s", wrong);
}

Test(seed_003, droppable_states_are_never_mapped_twice)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const char *wrong = ways[i](seeds_droppable());

		cr_assert(!wrong, "way %zu: %s", i, wrong);
	}
}

Test(seed_003, states_without_droppable_memory_are_never_mapped_twice)
{
	char why[VGT_CHILD_WHY_SIZE];

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		cr_assert(vgt_run_child(ask_without_droppable, (void *)&ways[i], why),
			  "way %zu: %s", i, why);
}

/* A raw function, and states for it that may be moved. */
struct raw {
	vgr_getrandom_fn *getrandom;
	size_t state_len;
};

static void draw_and_compare(const struct raw *raw, void *state, unsigned char *seen,
			     const char *when)
{
	unsigned char bytes[16];

	cr_assert_eq(raw->getrandom(bytes, sizeof(bytes), 0, state, raw->state_len), 16, "%s",
		     when);
	cr_assert(memcmp(bytes, seen, sizeof(bytes)) != 0, "%s: the same bytes again", when);
	cr_assert(!vgt_all_are(bytes, sizeof(bytes), 0), "%s: zeros", when);
	memcpy(seen, bytes, sizeof(bytes));
}

/* The key goes with the page, bit by bit, and the next call works with it. */
static void expect_to_work_after_moves(const struct raw *raw)
{
	unsigned char *p = seeds_droppable(), seen[16] = { 0 }, before[SEEDS_LEN];

	memset(p, 0, SEEDS_LEN);
	draw_and_compare(raw, p, seen, "before");
	for (int i = 0; i < 20; i++) {
		unsigned char *to =
			mmap(NULL, SEEDS_LEN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		struct vgt_vma vma;

		memcpy(before, p, SEEDS_LEN);
		p = mremap(p, SEEDS_LEN, SEEDS_LEN, MREMAP_MAYMOVE | MREMAP_FIXED, to);
		cr_assert_eq(p, to, "cannot be moved: %s", strerror(errno));
		cr_assert_eq(memcmp(p, before, SEEDS_LEN), 0, "the move changed it");
		vma = seeds_vma(p);
		cr_assert(vgt_vma_has(&vma, "dp") && vgt_vma_has(&vma, "wf") &&
				  vgt_vma_has(&vma, "dd"),
			  "moved: VmFlags%s", vma.flags);
		draw_and_compare(raw, p, seen, "after a move");
		cr_assert(seeds_child_finds_zeros(p), "move %d: a child finds the state", i);
	}
}

Test(seed_003, a_moved_state_of_the_kernels_function_works)
{
	const void *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	const void *function = vgr_elf_symbol(vdso, "__vdso_getrandom", "LINUX_2.6");
	struct vgetrandom_opaque_params params = { 0 };
	struct raw raw = { .getrandom = (vgr_getrandom_fn *)function };

	if (!function || raw.getrandom(NULL, 0, 0, &params, ~0UL) != 0)
		cr_skip_test("this kernel has no __vdso_getrandom");
	raw.state_len = params.size_of_opaque_state;
	expect_to_work_after_moves(&raw);
}

Test(seed_003, a_moved_state_of_our_function_works)
{
	struct vgetrandom_opaque_params params = { 0 };
	struct raw raw;

	cr_assert_eq(vgetrandom_set_provider(VGETRANDOM_PROVIDER_INPROCESS), 0);
	raw.getrandom = (vgr_getrandom_fn *)vgr_elf_symbol(vgr_inprocess_image(),
							   "__vdso_getrandom", "LINUX_2.6");
	cr_assert_eq(raw.getrandom(NULL, 0, 0, &params, ~0UL), 0);
	raw.state_len = params.size_of_opaque_state;
	expect_to_work_after_moves(&raw);
}
