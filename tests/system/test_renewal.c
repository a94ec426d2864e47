// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The moment in which the in-process data page is written to: nobody else can write, a prepared
 * process needs no system call for it, other threads go on drawing.
 */
#define _GNU_SOURCE
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"
#include "inprocess.h"
#include "maps.h"
#include "outputs.h"
#include "providers.h"
#include "seccomp.h"

static atomic_long fake_now = 1000000;
static atomic_long tick;

static long fake_clock(long *unused)
{
	(void)unused;
	return atomic_fetch_add(&fake_now, atomic_load(&tick));
}

static void use_fake_clock(void)
{
	unsigned char byte;

	cr_assert(use_provider(VGETRANDOM_PROVIDER_INPROCESS));
	vgr_inprocess.clock = fake_clock;
	/* The clock was set back: that renews, and then the two agree. */
	cr_assert_eq(vgetrandom(&byte, 1, 0), 1);
}

static uint64_t generation(void)
{
	return __atomic_load_n(&vgr_inprocess_rng_data()->generation, __ATOMIC_ACQUIRE);
}

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

	use_fake_clock();
	for (int i = 0; i < 2; i++) {
		cr_assert(vgt_vma_of(vgr_inprocess_rng_data(), &vma));
		cr_assert(vgt_vma_has(&vma, "rd") && !vgt_vma_has(&vma, "wr") &&
				  !vgt_vma_has(&vma, "ex"),
			  "expected rd without wr and ex, actual%s", vma.flags);
		/* A sanitizer reports the signal in its own way. */
		cr_assert(!vgt_run_child(write_to_data_page, NULL, why));
		before = generation();
		atomic_fetch_add(&fake_now, 60);
		cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), 16);
		cr_assert_neq(generation(), before);
	}
}

static void renew_without_mprotect(void *unused)
{
	const struct vgt_rule rules[] = {
		{ .nr = SYS_mprotect, .arg = -1, .action = SECCOMP_RET_KILL_PROCESS },
		{ .nr = SYS_rt_sigprocmask, .arg = -1, .action = SECCOMP_RET_KILL_PROCESS },
	};
	unsigned char buf[16];

	(void)unused;
	vgt_seccomp_install(rules, 2);
	for (uint64_t i = 0; i < 100; i++) {
		uint64_t before = generation();

		atomic_fetch_add(&fake_now, 60);
		if (vgetrandom(buf, sizeof(buf), 0) != 16 || generation() == before)
			vgt_child_fail("expected a new generation each minute");
	}
}

Test(renewal, renewals_after_prepare_need_no_mprotect)
{
	char why[VGT_CHILD_WHY_SIZE];

	use_fake_clock();
	cr_assert_eq(vgetrandom_prepare(0), 0);
	cr_assert(vgt_run_child(renew_without_mprotect, NULL, why), "%s", why);
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

static void draw_while_renewing(void)
{
	static struct drawer drawers[8];
	struct outputs all;
	uint64_t before = generation();

	outputs_init(&all, 8 * 20000 * 4);
	atomic_store(&tick, 7);
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
	cr_assert_gt(generation() - before, 100, "expected many renewals, actual %lu",
		     (unsigned long)(generation() - before));
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
