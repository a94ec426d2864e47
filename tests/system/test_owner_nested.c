// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Three levels: a call; a handler on top of it that draws so much that the library takes the call
 * for stuck and gets the thread another state; and at every instruction of that a second handler
 * that does the same. A state has one owner afterwards, here and in the child of a fork.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boundary.h"
#include "child.h"
#include "outputs.h"
#include "pool.h"
#include "provider.h"
#include "providers.h"
#include "spy.h"

#define MANY_DRAWS 12
#define SLOTS_MAX  4096
#define OWNERS     3
#define DISTANCE   (1 << 28)

static struct boundaries found;
static struct outputs seen;
static unsigned char outer[16], middle[MANY_DRAWS][16], inner[MANY_DRAWS][16];
static bool failed;

static void draw_inner(void *unused)
{
	(void)unused;
	for (int i = 0; i < MANY_DRAWS; i++)
		failed |= vgetrandom(inner[i], 16, 0) != 16;
}

static void draw_middle(void)
{
	for (int i = 0; i < MANY_DRAWS; i++)
		failed |= vgetrandom(middle[i], 16, 0) != 16;
}

static void draw_outer(void *unused)
{
	(void)unused;
	spy_hook = draw_middle;
	failed |= vgetrandom(outer, 16, 0) != 16;
}

/* One free state: the first to come takes the last of a block, the second the first of a new one.
 */
static void leave_one_free(void)
{
	static struct vgr_slot *slots[SLOTS_MAX];
	size_t num = 0;

	while (num < SLOTS_MAX && vgr_pool_get(vgr_provider(), num == 0, &slots[num]) == 0)
		num++;
	cr_assert(num && num < SLOTS_MAX);
	vgr_pool_put(slots[num - 1]);
	cr_assert_neq(mmap(NULL, DISTANCE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
		      MAP_FAILED);
}

static void keep(size_t i, bool interrupted)
{
	cr_assert(!failed);
	cr_assert(outputs_add(&seen, outer, 16) && outputs_add(&seen, middle, sizeof(middle)),
		  "boundary %zu of %zu (%lx): %s", i, found.num, found.at[i].address, seen.why);
	if (interrupted)
		cr_assert(outputs_add(&seen, inner, sizeof(inner)), "boundary %zu: %s", i,
			  seen.why);
}

static void *own_state(void *barrier)
{
	spy_claim(spy_draw());
	pthread_barrier_wait(barrier);
	return NULL;
}

/* This thread and some new ones: nobody's state is another's. */
static void expect_one_owner(const char *where, size_t i)
{
	pthread_barrier_t barrier;
	pthread_t threads[OWNERS];
	void *state = spy_draw();

	spy_claim(state);
	pthread_barrier_init(&barrier, NULL, OWNERS);
	for (int n = 0; n < OWNERS; n++)
		if (pthread_create(&threads[n], NULL, own_state, &barrier) != 0)
			vgt_child_fail("pthread_create");
	for (int n = 0; n < OWNERS; n++)
		pthread_join(threads[n], NULL);
	if (!state || spy_draw() != state || spy_conflicts)
		vgt_child_fail("boundary %zu of %zu (%lx), %s: expected a state and one owner, "
			       "actual %p and %u conflicts",
			       i, found.num, found.at[i].address, where, state, spy_conflicts);
	spy_forget_claims();
}

static void check_in_child(void *arg)
{
	spy_forget_claims();
	expect_one_owner("in the child", *(size_t *)arg);
}

static void check_in_parent(void *arg)
{
	size_t i = *(size_t *)arg;
	char why[VGT_CHILD_WHY_SIZE];
	uint64_t abandoned;

	/* Takes over the block of its state from the parent. */
	spy_draw();
	leave_one_free();
	abandoned = stats_now().states_abandoned;
	boundary_break(found.at[i].address, draw_inner, NULL);
	draw_outer(NULL);
	keep(i, boundary_clear());
	spy_forget_claims();
	/* Where both handlers gave up a state, the slot may be one of two halves. */
	if (stats_now().states_abandoned - abandoned > 1 &&
	    !vgt_run_child(check_in_child, arg, why))
		vgt_child_fail("%s", why);
	expect_one_owner("in the parent", i);
}

TEST_EACH_PROVIDER(owner_nested, state_is_taken_by_a_handler_on_a_handler)
{
	char why[VGT_CHILD_WHY_SIZE];

	if (HAS_ADDRESS_SANITIZER)
		cr_skip_test("so many single steps take too long with AddressSanitizer");
	outputs_init(&seen, 1 << 12);
	spy_on(vgetrandom_get_provider());
	spy_draw();
	leave_one_free();
	boundaries_find(&found, draw_outer, NULL);
	spy_forget_claims();
	for (size_t i = 0; i < found.num; i++)
		cr_assert(vgt_run_child(check_in_parent, &i, why), "%s", why);
	cr_assert_gt(found.num, 200);
}
