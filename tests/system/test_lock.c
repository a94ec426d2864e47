// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Without MAP_DROPPABLE (before Linux 6.11) states are locked, so that none is written to swap; and
 * a child does not inherit that: its states are locked again when it first uses them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "child.h"
#include "maps.h"
#include "providers.h"
#include "seccomp.h"

static void refuse_droppable(void)
{
	static const struct vgt_rule rule = {
		.nr = SYS_mmap, .arg = 3, .mask = 0xf, .value = 8, .action = VGT_ANSWER(EINVAL)
	};

	vgt_seccomp_install(&rule, 1);
	if (droppable_works() || !use_provider(VGETRANDOM_PROVIDER_INPROCESS))
		vgt_child_fail("expected the provider inprocess, and no droppable memory");
}

static void draw(void)
{
	char byte;

	if (vgetrandom(&byte, 1, 0) != 1 || !state_of_this_thread())
		vgt_child_fail("expected a byte and a state");
}

static bool is_locked(const void *state)
{
	struct vgt_vma vma;

	if (!vgt_vma_of(state, &vma) || !vgt_vma_has(&vma, "wf") || vgt_vma_has(&vma, "dp"))
		vgt_child_fail("expected a state in memory that is wiped on fork, actual%s",
			       vma.flags);
	return vgt_vma_has(&vma, "lo");
}

static void expect_lock(const char *who, const void *state, bool locked)
{
	if (is_locked(state) != locked)
		vgt_child_fail("%s: expected a state that is%s locked", who, locked ? "" : " not");
}

static void *draw_in_thread(void *unused)
{
	draw();
	expect_lock("another thread", state_of_this_thread(), true);
	return unused;
}

static void run_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, draw_in_thread, NULL) != 0)
		vgt_child_fail("pthread_create()");
	pthread_join(thread, NULL);
}

/* The state of the thread that forks. */
static void *inherited;

static void be_child(void *generations)
{
	int older = *(int *)generations - 1;
	char why[VGT_CHILD_WHY_SIZE];

	expect_lock("a child that has not drawn", inherited, false);
	draw();
	if (state_of_this_thread() != inherited)
		vgt_child_fail("expected the thread to keep its state");
	expect_lock("a child", inherited, true);
	run_thread();
	if (older && !vgt_run_child(be_child, &older, why))
		vgt_child_fail("%s", why);
}

static void without_droppable(void *unused)
{
	int generations = 3;
	char why[VGT_CHILD_WHY_SIZE];

	(void)unused;
	refuse_droppable();
	draw();
	inherited = state_of_this_thread();
	expect_lock("the parent", inherited, true);
	run_thread();
	if (!vgt_run_child(be_child, &generations, why))
		vgt_child_fail("%s", why);
}

static void need_locks(void)
{
	struct rlimit limit;

	if (HAS_ADDRESS_SANITIZER)
		cr_skip_test("AddressSanitizer has an mlock() of its own, which does nothing");
	if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur < 1 << 20)
		cr_skip_test("not enough memory may be locked here");
}

Test(lock, childs_states_are_locked_again)
{
	char why[VGT_CHILD_WHY_SIZE];

	need_locks();
	cr_assert(vgt_run_child(without_droppable, NULL, why), "%s", why);
}

/* In the parent's sandbox mlock(2) may be fatal. Until the child is prepared in its turn. */
static void draw_in_sandbox(void *unused)
{
	static const struct vgt_rule rule = { .nr = SYS_mlock,
					      .arg = -1,
					      .action = SECCOMP_RET_KILL_PROCESS };

	(void)unused;
	vgt_seccomp_install(&rule, 1);
	draw();
	expect_lock("the child of a prepared process", state_of_this_thread(), false);
}

static void prepare_again(void *unused)
{
	(void)unused;
	if (vgetrandom_prepare(0) != 0)
		vgt_child_fail("vgetrandom_prepare(): errno %d", errno);
	draw();
	expect_lock("a child that was prepared", state_of_this_thread(), true);
}

static void prepared(void *unused)
{
	char why[VGT_CHILD_WHY_SIZE];

	(void)unused;
	refuse_droppable();
	if (vgetrandom_prepare(1) != 0)
		vgt_child_fail("vgetrandom_prepare(): errno %d", errno);
	expect_lock("the prepared parent", state_of_this_thread(), true);
	if (!vgt_run_child(draw_in_sandbox, NULL, why) || !vgt_run_child(prepare_again, NULL, why))
		vgt_child_fail("%s", why);
}

Test(lock, child_of_a_prepared_process_locks_when_it_is_prepared_again)
{
	char why[VGT_CHILD_WHY_SIZE];

	need_locks();
	cr_assert(vgt_run_child(prepared, NULL, why), "%s", why);
}
