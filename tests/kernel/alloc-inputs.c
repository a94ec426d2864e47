// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See alloc-inputs.h. One thread. */
#define _GNU_SOURCE
#include "alloc-inputs.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <vgetrandom/abi.h>

#include "job.h"
#include "maps.h"
#include "memory.h"

#define WORDS_MAX 8

static const struct alloc_call *now;
static struct vgt_maps maps_before, maps_after;
static void *states;

/* Nothing may be mapped after an error. */
static int alloc_error(void *arg, size_t len)
{
	int err;

	vgt_maps_read(&maps_before);
	err = now->call(arg, len, &states);
	vgt_maps_read(&maps_after);
	if (err)
		job_check(vgt_maps_are_equal(&maps_before, &maps_after),
			  "nothing was mapped by a call that failed: %s", strerror(err));
	return err;
}

void expect_error(int expected, int actual, const char *what)
{
	job_check(expected == actual, "%s: expected %s, actual %s", what,
		  expected ? strerrorname_np(expected) : "success",
		  actual ? strerrorname_np(actual) : "success");
}

static void free_states(const struct vgetrandom_alloc_args *args)
{
	job_check(munmap(states, args->bytes_allocated) == 0, "the states can be unmapped: %s",
		  strerror(errno));
}

/* All but the second word, which is how many states are wanted. */
static void check_reserved_members(void)
{
	for (size_t i = 0; i < now->args_len / sizeof(uint64_t); i++)
		for (int bit = 0; i != 1 && bit < 64; bit++) {
			uint64_t wrong[WORDS_MAX] = { 0, 1 }, args[WORDS_MAX];

			wrong[i] = 1ULL << bit;
			memcpy(args, wrong, sizeof(args));
			expect_error(EINVAL, alloc_error(args, now->args_len), "a reserved bit");
			job_check(memcmp(args, wrong, sizeof(args)) == 0,
				  "the structure is as it was");
		}
}

/* Longer and shorter structures: extensible, as copy_struct_from_user() has it. */
static void check_sizes(void)
{
	union {
		struct vgetrandom_alloc_args args;
		unsigned char bytes[2 * PAGE_LEN];
	} longer = { 0 };

	longer.args.num = 1;
	expect_error(0, alloc_error(&longer, now->args_len + 8), "a zero tail");
	free_states(&longer.args);

	for (size_t at = now->args_len; at < PAGE_LEN; at += at < 64 ? 1 : 331) {
		memset(&longer, 0, sizeof(longer));
		longer.bytes[at] = 1;
		expect_error(E2BIG, alloc_error(&longer, PAGE_LEN), "an unknown tail");
	}
	memset(&longer, 0, sizeof(longer));
	expect_error(0, alloc_error(&longer, PAGE_LEN), "a page");
	free_states(&longer.args);
	memset(&longer, 0, sizeof(longer));
	expect_error(E2BIG, alloc_error(&longer, PAGE_LEN + 1), "more than a page");
	for (size_t len = 0; len < now->args_len; len++)
		expect_error(EINVAL, alloc_error(&longer, len), "a short structure");
}

static void check_addresses(void)
{
	unsigned char *pages = mmap(NULL, 2 * PAGE_LEN, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t len = now->args_len;

	if (pages == MAP_FAILED || mprotect(pages + PAGE_LEN, PAGE_LEN, PROT_NONE) != 0)
		job_fail("mmap: %s", strerror(errno));
	expect_error(EFAULT, alloc_error(NULL, len), "NULL");
	expect_error(EFAULT, alloc_error((void *)-8L, len), "a kernel address");
	expect_error(EFAULT, alloc_error(pages + PAGE_LEN, len), "no access");
	expect_error(EFAULT, alloc_error(pages + PAGE_LEN - len + 8, len), "half of it no access");
	/* The states are there when the kernel finds out: they must be gone afterwards. */
	mprotect(pages, PAGE_LEN, PROT_READ);
	for (int i = 0; i < 100; i++)
		expect_error(EFAULT, alloc_error(pages, len), "read-only");
	munmap(pages, 2 * PAGE_LEN);
}

static void check_numbers(void)
{
	static const struct {
		uint64_t num;
		int err;
	} cases[] = {
		{ 0, 0 },
		{ 1, 0 },
		{ 5, 0 },
		{ 1000, 0 },
		{ UINT64_MAX, EOVERFLOW },
		{ UINT64_MAX / 2, EOVERFLOW },
		{ 1ULL << 56, EOVERFLOW },
		{ 1ULL << 42, ENOMEM },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		union {
			struct vgetrandom_alloc_args args;
			uint64_t words[WORDS_MAX];
		} u = { .args.num = cases[i].num };
		const struct vgetrandom_alloc_args *args = &u.args;
		int err = alloc_error(&u, now->args_len);

		job_note("%#llx states", (unsigned long long)cases[i].num);
		expect_error(cases[i].err, err, "a number of states");
		if (err)
			continue;
		job_check(args->num >= cases[i].num && args->num > 0, "never fewer: %llu of %llu",
			  (unsigned long long)args->num, (unsigned long long)cases[i].num);
		job_check(args->num * args->size_per_each <= args->bytes_allocated &&
				  args->bytes_allocated % PAGE_LEN == 0 &&
				  PAGE_LEN % args->size_per_each == 0 &&
				  args->size_per_each % 64 == 0 && args->flags == 0,
			  "whole pages, no state across two of them or in another's line");
		job_check(pages_are_zero(states, args->bytes_allocated / PAGE_LEN),
			  "new memory is zero, and all of it is there");
		free_states(args);
	}
}

void check_alloc_inputs(const struct alloc_call *call)
{
	now = call;
	check_reserved_members();
	check_sizes();
	check_addresses();
	check_numbers();
}
