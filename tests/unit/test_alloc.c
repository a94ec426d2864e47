// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgetrandom_alloc(): sizes, refusals that leave nothing behind, and what its memory is like on
 * this kernel and on kernels that know less. Those are this one behind a seccomp filter.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "child.h"
#include "guard.h"
#include "maps.h"
#include "seccomp.h"
#include "state.h"

#define ARGS_LEN sizeof(struct vgetrandom_alloc_args)
#define MARK     0xee

/* AddressSanitizer replaces mlock() by a function that does nothing. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define LOCKING_WORKS 0
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define LOCKING_WORKS 0
#endif
#ifndef LOCKING_WORKS
#define LOCKING_WORKS 1
#endif

#define MAP_TYPE_DROPPABLE 0x08
#define MAP_TYPE_MASK      0x0f
#define ADVICE_WIPEONFORK  18

static bool kernel_has_droppable(void)
{
	void *p = mmap(NULL, VGT_PAGE_LEN, PROT_READ | PROT_WRITE,
		       MAP_TYPE_DROPPABLE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return false;
	munmap(p, VGT_PAGE_LEN);
	return true;
}

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

/* In a child, and in a child of that child: fills the memory, forks, expects zeros there. */
static void expect_zero(void *p)
{
	const unsigned char *states = p;

	for (size_t i = 0; i < VGT_PAGE_LEN; i++)
		if (states[i] != 0)
			vgt_child_fail("byte %zu is %#x in the child of a fork", i, states[i]);
}

static void expect_wipe_on_fork(unsigned char *states, char *why)
{
	memset(states, MARK, VGT_PAGE_LEN);
	if (!vgt_run_child(expect_zero, states, why))
		return;
	if (!vgt_all_are(states, VGT_PAGE_LEN, MARK))
		strcpy(why, "the fork wiped the parent's states, too");
}

Test(alloc, states_are_zero_in_the_child_of_a_fork)
{
	struct vgetrandom_alloc_args args;
	char why[VGT_CHILD_WHY_SIZE] = "";

	expect_wipe_on_fork(alloc(1, &args), why);
	cr_assert(why[0] == '\0', "%s", why);
}

Test(alloc, states_are_neither_dumped_nor_kept_nor_charged)
{
	struct vgetrandom_alloc_args args;
	long locked = vgt_status_kb("VmLck:");
	unsigned char *p = alloc(64, &args);
	struct vgt_vma vma;

	cr_assert(vgt_vma_of(p, &vma));
	cr_assert(vgt_vma_has(&vma, "dd"), "dumped: VmFlags%s", vma.flags);
	cr_assert(vgt_vma_has(&vma, "wf"), "kept on fork: VmFlags%s", vma.flags);
	cr_assert(!vgt_vma_has(&vma, "ex"), "executable: VmFlags%s", vma.flags);
	if (!kernel_has_droppable())
		return;
	cr_assert(vgt_vma_has(&vma, "dp"), "not droppable: VmFlags%s", vma.flags);
	memset(p, MARK, args.bytes_allocated);
	cr_assert_eq(vgt_status_kb("VmLck:"), locked, "charged to RLIMIT_MEMLOCK");
}

/* A kernel before 6.11: that type of mapping is refused. */
static const struct vgt_rule no_droppable = { SYS_mmap, 3, MAP_TYPE_MASK, MAP_TYPE_DROPPABLE,
					      VGT_ANSWER(EINVAL) };

struct old_kernel {
	struct vgt_rule rules[4];
	size_t num_rules;
	bool no_memlock;
	int error; /* expected; 0: it works */
};

static void child_on_old_kernel(void *arg)
{
	const struct old_kernel *kernel = arg;
	struct vgetrandom_alloc_args args;
	char why[VGT_CHILD_WHY_SIZE] = "";
	struct rlimit none = { 0, 0 };
	struct vgt_vma vma;
	unsigned char *p;

	if (kernel->no_memlock) {
		setrlimit(RLIMIT_MEMLOCK, &none);
		/* Root is above the limit, so be somebody else. */
		if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
			vgt_child_fail("setresuid: %s", strerror(errno));
	}
	vgt_seccomp_install(kernel->rules, kernel->num_rules);
	p = alloc(5, &args);
	if (kernel->error) {
		if (p || errno != kernel->error)
			vgt_child_fail("expected %s, got %s", strerror(kernel->error),
				       p ? "states" : strerror(errno));
		return;
	}
	if (!p)
		vgt_child_fail("no states: %s", strerror(errno));
	if (!vgt_all_are(p, args.bytes_allocated, 0))
		vgt_child_fail("not zero");
	if (!vgt_vma_of(p, &vma))
		vgt_child_fail("the states are not in /proc/self/smaps");
	if (!vgt_vma_has(&vma, "wf") || !vgt_vma_has(&vma, "dd") || vgt_vma_has(&vma, "dp"))
		vgt_child_fail("VmFlags%s", vma.flags);
	if (LOCKING_WORKS && vgt_vma_has(&vma, "lo") == kernel->no_memlock)
		vgt_child_fail("locked or not: VmFlags%s", vma.flags);
	expect_wipe_on_fork(p, why);
	if (why[0])
		vgt_child_fail("%s", why);
}

static void expect_on_old_kernel(const struct old_kernel *kernel)
{
	char why[VGT_CHILD_WHY_SIZE];

	if (!vgt_seccomp_works())
		cr_skip_test("no seccomp filters here: older kernels cannot be imitated");
	cr_assert(vgt_run_child(child_on_old_kernel, (void *)kernel, why), "%s", why);
}

Test(alloc, without_droppable_memory_it_is_wiped_and_locked)
{
	expect_on_old_kernel(&(struct old_kernel){ { no_droppable }, .num_rules = 1 });
}

Test(alloc, without_a_limit_to_lock_it_is_wiped)
{
	expect_on_old_kernel(
		&(struct old_kernel){ { no_droppable }, .num_rules = 1, .no_memlock = true });
}

Test(alloc, without_wiping_there_are_no_states)
{
	const struct vgt_rule no_wiping = { SYS_madvise, 2, UINT32_MAX, ADVICE_WIPEONFORK,
					    VGT_ANSWER(EINVAL) };

	expect_on_old_kernel(&(struct old_kernel){
		{ no_droppable, no_wiping }, .num_rules = 2, .error = ENOTSUP });
}

/* It accepts any advice, and does nothing. */
Test(alloc, an_emulator_without_madvise_is_not_believed)
{
	const struct vgt_rule says_yes = { SYS_madvise, -1, 0, 0, VGT_ANSWER(0) };

	expect_on_old_kernel(&(struct old_kernel){
		{ no_droppable, says_yes }, .num_rules = 2, .error = ENOTSUP });
}

/* It takes any type for an ordinary mapping: here unknown types do not fail, but lead nowhere. */
Test(alloc, an_emulator_that_ignores_mapping_types_is_not_believed)
{
	const struct vgt_rule any_type = { SYS_mmap, 3, MAP_TYPE_MASK, 0x0b, VGT_ANSWER(0) };

	expect_on_old_kernel(&(struct old_kernel){ { any_type }, .num_rules = 1 });
}

Test(alloc, no_memory_is_enomem)
{
	const struct vgt_rule no_mmap = { SYS_mmap, -1, 0, 0, VGT_ANSWER(ENOMEM) };

	expect_on_old_kernel(&(struct old_kernel){ { no_mmap }, .num_rules = 1, .error = ENOMEM });
}

/* A sandbox may forbid looking at memory through system calls: then pointers are trusted. */
Test(alloc, works_where_process_vm_readv_is_forbidden)
{
	const struct vgt_rule no_read = { SYS_process_vm_readv, -1, 0, 0, VGT_ANSWER(EPERM) };
	const struct vgt_rule no_write = { SYS_process_vm_writev, -1, 0, 0, VGT_ANSWER(EPERM) };

	expect_on_old_kernel(
		&(struct old_kernel){ { no_droppable, no_read, no_write }, .num_rules = 3 });
}
