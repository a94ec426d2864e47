// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the memory that vgetrandom_alloc() gives is like on this kernel and on kernels that know
 * less. Those are this one behind a seccomp filter.
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

Test(alloc_memory, states_are_zero_in_the_child_of_a_fork)
{
	struct vgetrandom_alloc_args args;
	char why[VGT_CHILD_WHY_SIZE] = "";

	expect_wipe_on_fork(alloc(1, &args), why);
	cr_assert(why[0] == '\0', "%s", why);
}

Test(alloc_memory, states_are_neither_dumped_nor_kept_nor_charged)
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

Test(alloc_memory, without_droppable_memory_it_is_wiped_and_locked)
{
	expect_on_old_kernel(&(struct old_kernel){ { no_droppable }, .num_rules = 1 });
}

Test(alloc_memory, without_a_limit_to_lock_it_is_wiped)
{
	expect_on_old_kernel(
		&(struct old_kernel){ { no_droppable }, .num_rules = 1, .no_memlock = true });
}

Test(alloc_memory, without_wiping_there_are_no_states)
{
	const struct vgt_rule no_wiping = { SYS_madvise, 2, UINT32_MAX, ADVICE_WIPEONFORK,
					    VGT_ANSWER(EINVAL) };

	expect_on_old_kernel(&(struct old_kernel){
		{ no_droppable, no_wiping }, .num_rules = 2, .error = ENOTSUP });
}

/* It accepts any advice, and does nothing. */
Test(alloc_memory, an_emulator_without_madvise_is_not_believed)
{
	const struct vgt_rule says_yes = { SYS_madvise, -1, 0, 0, VGT_ANSWER(0) };

	expect_on_old_kernel(&(struct old_kernel){
		{ no_droppable, says_yes }, .num_rules = 2, .error = ENOTSUP });
}

/* It takes any type for an ordinary mapping: here unknown types do not fail, but lead nowhere. */
Test(alloc_memory, an_emulator_that_ignores_mapping_types_is_not_believed)
{
	const struct vgt_rule any_type = { SYS_mmap, 3, MAP_TYPE_MASK, 0x0b, VGT_ANSWER(0) };

	expect_on_old_kernel(&(struct old_kernel){ { any_type }, .num_rules = 1 });
}

Test(alloc_memory, no_memory_is_enomem)
{
	const struct vgt_rule no_mmap = { SYS_mmap, -1, 0, 0, VGT_ANSWER(ENOMEM) };

	expect_on_old_kernel(&(struct old_kernel){ { no_mmap }, .num_rules = 1, .error = ENOMEM });
}

/* A sandbox may forbid looking at memory through system calls: then pointers are trusted. */
Test(alloc_memory, works_where_process_vm_readv_is_forbidden)
{
	const struct vgt_rule no_read = { SYS_process_vm_readv, -1, 0, 0, VGT_ANSWER(EPERM) };
	const struct vgt_rule no_write = { SYS_process_vm_writev, -1, 0, 0, VGT_ANSWER(EPERM) };

	expect_on_old_kernel(
		&(struct old_kernel){ { no_droppable, no_read, no_write }, .num_rules = 3 });
}
