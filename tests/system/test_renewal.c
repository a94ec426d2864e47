// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A key that is a minute old is replaced by its own thread: nothing shared is written to for it, a
 * prepared process needs no system call but the seed, other threads go on drawing.
 */
#define _GNU_SOURCE
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"
#include "maps.h"
#include "outputs.h"
#include "provider.h"
#include "providers.h"
#include "seccomp.h"

static void write_to_data_page(void *unused)
{
	volatile char *data = (char *)(uintptr_t)vgr_inprocess_rng_data();

	(void)unused;
	*data = 1;
}

Test(renewal, data_page_is_read_only)
{
	char why[VGT_CHILD_WHY_SIZE];
	unsigned char buf[16];
	struct vgt_vma vma;
	uint64_t before;

	if (!vgr_inprocess_image())
		cr_skip_test("the image's code is linked in, and its data page is a variable");
	use_fake_clock();
	for (int i = 0; i < 2; i++) {
		cr_assert(vgt_vma_of(vgr_inprocess_rng_data(), &vma));
		cr_assert(vgt_vma_has(&vma, "rd") && !vgt_vma_has(&vma, "wr"),
			  "expected rd without wr, actual%s", vma.flags);
		/* A sanitizer reports the signal in its own way. */
		cr_assert(!vgt_run_child(write_to_data_page, NULL, why));
		before = stats_now().reseeds;
		atomic_fetch_add(&fake_now, 60);
		cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), 16);
		cr_assert_eq(stats_now().reseeds, before + 1);
	}
}

static void renew_by_getrandom_alone(void *unused)
{
	const struct vgt_rule rules[] = {
		{ .nr = SYS_mprotect, .arg = -1, .action = SECCOMP_RET_KILL_PROCESS },
		{ .nr = SYS_mremap, .arg = -1, .action = SECCOMP_RET_KILL_PROCESS },
		{ .nr = SYS_mmap, .arg = -1, .action = SECCOMP_RET_KILL_PROCESS },
		{ .nr = SYS_rt_sigprocmask, .arg = -1, .action = SECCOMP_RET_KILL_PROCESS },
	};
	unsigned char buf[16];

	(void)unused;
	/* The counts of a child need memory. */
	(void)stats_now();
	vgt_seccomp_install(rules, sizeof(rules) / sizeof(rules[0]));
	for (uint64_t i = 0; i < 100; i++) {
		uint64_t before = stats_now().reseeds;

		atomic_fetch_add(&fake_now, 60);
		if (vgetrandom(buf, sizeof(buf), 0) != 16 || stats_now().reseeds != before + 1)
			vgt_child_fail("expected a new key each minute");
	}
}

static void check_renewals_by_getrandom_alone(void)
{
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert(vgt_run_child(renew_by_getrandom_alone, NULL, why), "%s", why);
}

Test(renewal, renewals_need_no_system_call_but_getrandom)
{
	use_fake_clock();
	check_renewals_by_getrandom_alone();
}

Test(renewal, renewals_after_prepare_need_no_system_call_but_getrandom)
{
	use_fake_clock();
	cr_assert_eq(vgetrandom_prepare(0), 0);
	check_renewals_by_getrandom_alone();
}

struct drawer {
	pthread_t thread;
	struct outputs outputs;
	bool wrong;
};

static void *draw_on_and_on(void *arg)
{
	struct drawer *drawer = arg;
	unsigned char buf[32];

	for (int i = 0; i < 20000 && !drawer->wrong; i++)
		drawer->wrong = vgetrandom(buf, sizeof(buf), 0) != sizeof(buf) ||
				!outputs_add(&drawer->outputs, buf, sizeof(buf));
	return NULL;
}

/* Each look at it is seven seconds later than the one before. */
static int tick(int clock, struct vgr_port_timespec *now)
{
	(void)clock;
	now->s = atomic_fetch_add(&fake_now, 7);
	return 0;
}

static void use_ticking_clock(void)
{
	vgr_inprocess.clock = tick;
	vgr_inprocess.seconds = NULL;
}

static void draw_while_renewing(void)
{
	static struct drawer drawers[8];
	struct outputs all;
	uint64_t before = stats_now().reseeds;

	outputs_init(&all, 8 * 20000 * 4);
	use_ticking_clock();
	for (int i = 0; i < 8; i++) {
		outputs_init(&drawers[i].outputs, 20000 * 4);
		cr_assert_eq(pthread_create(&drawers[i].thread, NULL, draw_on_and_on, &drawers[i]),
			     0);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(drawers[i].thread, NULL);
		cr_assert(!drawers[i].wrong, "%s", drawers[i].outputs.why);
		cr_assert(outputs_merge(&all, &drawers[i].outputs), "%s", all.why);
	}
	cr_assert_gt(stats_now().reseeds - before, 100, "expected many renewals, actual %lu",
		     (unsigned long)(stats_now().reseeds - before));
}

Test(renewal, renewals_while_eight_threads_draw)
{
	use_fake_clock();
	draw_while_renewing();
}

Test(renewal, renewals_while_eight_threads_draw_after_prepare)
{
	use_fake_clock();
	cr_assert_eq(vgetrandom_prepare(8), 0);
	draw_while_renewing();
}

/* A thread that was cancelled draws, and a renewal is due. */
static atomic_bool survived;

static void *draw_when_cancelled(void *unused)
{
	unsigned char buf[16];

	(void)unused;
	pthread_cancel(pthread_self());
	atomic_fetch_add(&fake_now, 60);
	if (vgetrandom(buf, sizeof(buf), 0) == 16)
		atomic_store(&survived, true);
	return NULL;
}

Test(renewal, renewal_is_no_cancellation_point)
{
	pthread_t thread;

	use_fake_clock();
	cr_assert_eq(pthread_create(&thread, NULL, draw_when_cancelled, NULL), 0);
	pthread_join(thread, NULL);
	cr_assert(atomic_load(&survived),
		  "expected vgetrandom() to return, actual: the thread was cancelled inside it");
}
