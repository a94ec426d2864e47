// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgetrandom_alloc(): sizes, and refusals that leave nothing behind. What its memory is like:
 * test_alloc_memory.c.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <vgetrandom/vgetrandom.h>

#include "guard.h"
#include "maps.h"
#include "state.h"

#define ARGS_LEN sizeof(struct vgetrandom_alloc_args)
#define MARK     0xee

static void *alloc(uint64_t num, struct vgetrandom_alloc_args *args)
{
	*args = (struct vgetrandom_alloc_args){ .num = num };
	return vgetrandom_alloc(args, ARGS_LEN);
}

static void expect_good_layout(uint64_t wanted)
{
	struct vgetrandom_alloc_args args;
	unsigned char *p = alloc(wanted, &args);
	uint64_t per_page;

	cr_assert(p, "%lu states: %s", (unsigned long)wanted, strerror(errno));
	cr_assert(args.num >= wanted && args.num >= 1, "wanted %lu, got %lu", (unsigned long)wanted,
		  (unsigned long)args.num);
	cr_assert(args.size_per_each >= sizeof(struct vgr_state));
	cr_assert_eq((uintptr_t)p % VGT_PAGE_LEN, 0);
	cr_assert_eq(args.size_per_each % 64, 0, "states share cache lines");
	cr_assert_eq(args.bytes_allocated % VGT_PAGE_LEN, 0, "%lu bytes are no whole pages",
		     (unsigned long)args.bytes_allocated);
	cr_assert(args.num * args.size_per_each <= args.bytes_allocated, "%lu times %lu in %lu",
		  (unsigned long)args.num, (unsigned long)args.size_per_each,
		  (unsigned long)args.bytes_allocated);
	for (uint64_t i = 0; i < args.num; i++) {
		uintptr_t first = (uintptr_t)p + i * args.size_per_each;

		cr_assert_eq(first / VGT_PAGE_LEN,
			     (first + sizeof(struct vgr_state) - 1) / VGT_PAGE_LEN,
			     "state %lu straddles a page", (unsigned long)i);
	}
	/* No page more than needed. */
	per_page = VGT_PAGE_LEN / args.size_per_each;
	cr_assert_eq(args.bytes_allocated / VGT_PAGE_LEN,
		     ((wanted ? wanted : 1) + per_page - 1) / per_page);
	cr_assert_eq(args.flags, 0);
	cr_assert(vgt_all_are(p, args.bytes_allocated, 0), "not zero");
	memset(p, MARK, args.bytes_allocated);
	cr_assert_eq(munmap(p, args.bytes_allocated), 0);
}

Test(alloc, gives_whole_pages_of_states)
{
	static const uint64_t hints[] = {
		0, 1, 2, 3, 4, 5, 8, 9, 27, 28, 29, 30, 84, 85, 86, 1000
	};

	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++)
		expect_good_layout(hints[i]);
}

static struct vgt_maps maps_before, maps_after;

static void expect_refusal(const char *what, struct vgetrandom_alloc_args *args, size_t args_len,
			   int error)
{
	void *p;

	/* Whatever the C library maps at a first use is there afterwards. */
	vgt_maps_read(&maps_before);
	vgt_maps_read(&maps_before);
	errno = 0;
	p = vgetrandom_alloc(args, args_len);
	cr_assert(!p, "%s was accepted", what);
	cr_assert_eq(errno, error, "%s: expected %s, got %s", what, strerror(error),
		     strerror(errno));
	vgt_maps_read(&maps_after);
	cr_assert(vgt_maps_are_equal(&maps_before, &maps_after), "%s left a mapping:\n%s", what,
		  maps_after.text);
}

static void expect_refusal_of(const char *what, struct vgetrandom_alloc_args args, int error)
{
	struct vgetrandom_alloc_args before = args;

	expect_refusal(what, &args, ARGS_LEN, error);
	cr_assert(memcmp(&args, &before, ARGS_LEN) == 0, "%s: args were changed", what);
}

Test(alloc, refuses_every_reserved_bit)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		const uint64_t value = (uint64_t)1 << bit;

		expect_refusal_of("flags", (struct vgetrandom_alloc_args){ .flags = value },
				  EINVAL);
		expect_refusal_of("size_per_each",
				  (struct vgetrandom_alloc_args){ .size_per_each = value }, EINVAL);
		expect_refusal_of("bytes_allocated",
				  (struct vgetrandom_alloc_args){ .bytes_allocated = value },
				  EINVAL);
	}
}

Test(alloc, refuses_more_than_there_can_be)
{
	static const uint64_t nums[] = {
		UINT64_MAX,       UINT64_MAX - 1,    UINT64_MAX / 2,         UINT64_MAX / 1024,
		UINT64_MAX / 512, (uint64_t)1 << 53, ((uint64_t)1 << 54) + 1
	};

	for (size_t i = 0; i < sizeof(nums) / sizeof(*nums); i++)
		expect_refusal_of("num", (struct vgetrandom_alloc_args){ .num = nums[i] },
				  EOVERFLOW);
	/* Bytes that can be counted but not mapped: above the 47 or 56 bits of an address. */
	expect_refusal_of("2^52 states", (struct vgetrandom_alloc_args){ .num = (uint64_t)1 << 52 },
			  ENOMEM);
	expect_refusal_of("2^48 states", (struct vgetrandom_alloc_args){ .num = (uint64_t)1 << 48 },
			  ENOMEM);
}

Test(alloc, refuses_structures_it_does_not_know)
{
	unsigned char *pages = vgt_guarded_alloc(3);
	struct vgetrandom_alloc_args *args = (void *)pages;

	for (size_t len = 0; len < ARGS_LEN; len++)
		expect_refusal("short args", args, len, EINVAL);
	for (size_t len = ARGS_LEN + 1; len <= VGT_PAGE_LEN; len += len < 80 ? 1 : 803) {
		pages[len - 1] = 1;
		expect_refusal("args with a tail", args, len, E2BIG);
		cr_assert(vgt_all_are(pages, ARGS_LEN, 0), "%zu: args were changed", len);
		pages[len - 1] = 0;
	}
	expect_refusal("args longer than a page", args, VGT_PAGE_LEN + 1, E2BIG);
	expect_refusal("endless args", args, SIZE_MAX, E2BIG);
}

Test(alloc, takes_longer_structures_that_end_in_zeros)
{
	static const size_t lens[] = { ARGS_LEN, ARGS_LEN + 1, 40, 64, 1000, VGT_PAGE_LEN };
	unsigned char *page = vgt_guarded_alloc(1);
	struct vgetrandom_alloc_args *args = (void *)page;

	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		void *p;

		memset(page, 0, VGT_PAGE_LEN);
		p = vgetrandom_alloc(args, lens[i]);
		cr_assert(p, "%zu bytes of args: %s", lens[i], strerror(errno));
		cr_assert(vgt_all_are(args + 1, VGT_PAGE_LEN - ARGS_LEN, 0),
			  "wrote to what it does not know");
		munmap(p, args->bytes_allocated);
	}
}

Test(alloc, refuses_memory_it_cannot_reach)
{
	unsigned char *page = vgt_guarded_alloc(1);
	unsigned char *end = page + VGT_PAGE_LEN;

	expect_refusal("NULL", NULL, ARGS_LEN, EFAULT);
	expect_refusal("PROT_NONE", (void *)end, ARGS_LEN, EFAULT);
	expect_refusal("args across the end", (void *)(end - 16), ARGS_LEN, EFAULT);
	expect_refusal("a tail across the end", (void *)(end - ARGS_LEN - 8), ARGS_LEN + 16,
		       EFAULT);
	mprotect(page, VGT_PAGE_LEN, PROT_READ);
	expect_refusal("read-only args", (void *)page, ARGS_LEN, EFAULT);
	cr_assert(vgt_all_are(page, VGT_PAGE_LEN, 0));
}

Test(alloc, leaves_errno_alone_on_success)
{
	struct vgetrandom_alloc_args args;

	errno = 4711;
	cr_assert(alloc(3, &args));
	cr_assert_eq(errno, 4711);
}
