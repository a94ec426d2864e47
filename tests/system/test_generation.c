// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The in-process data page: when its generation changes, and what a change does; that nobody can
 * write to it; and what happens when nobody gives a seed (test_seed.c has the rest of that).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boundary.h"
#include "child.h"
#include "inprocess.h"
#include "maps.h"
#include "outputs.h"
#include "providers.h"
#include "seccomp.h"
#include "state.h"

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

static void draw(void)
{
	unsigned char buf[16];

	cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), 16);
}

static void expect_change(long seconds, bool changes)
{
	uint64_t before = generation(), reseeds = stats_now().reseeds;

	atomic_fetch_add(&fake_now, seconds);
	draw();
	cr_assert_eq(generation() != before, changes,
		     "%ld seconds: expected %s generation, actual %lu after %lu", seconds,
		     changes ? "another" : "the same", (unsigned long)generation(),
		     (unsigned long)before);
	cr_assert_eq(stats_now().reseeds - reseeds, changes,
		     "%ld seconds: expected %d new keys, actual %lu", seconds, changes,
		     (unsigned long)(stats_now().reseeds - reseeds));
}

Test(generation, lasts_at_most_sixty_seconds)
{
	use_fake_clock();
	for (int i = 0; i < 3; i++) {
		expect_change(59, false);
		expect_change(1, true);
		expect_change(0, false);
		expect_change(-1, true);
		expect_change(0, false);
		expect_change(-100000, true);
		expect_change(1000000000, true);
		expect_change(60, true);
		expect_change(30, false);
		expect_change(29, false);
		expect_change(61, true);
	}
}

Test(generation, sixty_seconds_are_checked_by_every_kind_of_call)
{
	unsigned char buf[2000];
	uint32_t number = 0;
	uint64_t before;

	use_fake_clock();
	before = generation();
	for (uint64_t i = 1; i <= 6; i++) {
		atomic_fetch_add(&fake_now, VGR_RESEED_INTERVAL_S);
		switch (i) {
		case 1:
			number = vgetrandom_arc4random();
			break;
		case 2:
			cr_assert_lt(vgetrandom_arc4random_uniform(7), 7);
			break;
		case 3:
			vgetrandom_arc4random_buf(buf, sizeof(buf));
			break;
		case 4:
			cr_assert_eq(vgetrandom_getentropy(buf, 256), 0);
			break;
		case 5:
			cr_assert_eq(vgetrandom(buf, 4, 0), 4);
			break;
		default:
			cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), 2000);
		}
		cr_assert_eq(generation(), before + i, "kind %lu, number %u", (unsigned long)i,
			     number);
	}
}

Test(generation, change_brings_a_new_key_before_the_next_byte)
{
	struct raw raw;
	unsigned char buf[16];
	struct vgr_state *st;
	unsigned char key[VGR_CHACHA20_KEY_LEN], batch[VGR_BATCH_LEN];

	raw_init(&raw);
	st = raw.state;
	cr_assert_eq(raw.getrandom(buf, 16, 0, st, raw.state_len), 16);
	memcpy(key, st->key, sizeof(key));
	memcpy(batch, st->batch, sizeof(batch));
	cr_assert_eq(vgr_inprocess_renew(), 0);
	cr_assert_eq(raw.getrandom(buf, 16, 0, st, raw.state_len), 16);
	cr_assert(!share_a_word(key, sizeof(key), st->key, sizeof(st->key)));
	/* Not even the part of the old batch that was not read yet is handed out. */
	cr_assert(!share_a_word(batch + 16, sizeof(batch) - 16, buf, 16));
	cr_assert(!share_a_word(batch + 16, sizeof(batch) - 16, st->batch, sizeof(st->batch)));
	cr_assert_eq(st->generation, generation());
}

/* A handler that interrupts a renewal may itself draw, a minute later, and renew. */
static void renew_twice(void *unused)
{
	(void)unused;
	(void)vgr_inprocess_renew();
	(void)vgr_inprocess_renew();
}

static void renew(void *unused)
{
	(void)unused;
	(void)vgr_inprocess_renew();
}

static void nest_renewals(void)
{
	static struct boundaries found;

	boundaries_find(&found, renew, NULL);
	for (size_t i = 0; i < found.num; i++) {
		uint64_t before = generation();

		if (boundary_break(found.at[i].address, renew_twice, NULL))
			renew(NULL);
		if (!boundary_clear())
			continue;
		/* A state that took its key from the second one must not be current. */
		cr_assert_geq(generation(), before + 2,
			      "renewal interrupted at boundary %zu of %zu (%lx) by two others: "
			      "expected at least generation %lu, actual %lu",
			      i, found.num, found.at[i].address, (unsigned long)before + 2,
			      (unsigned long)generation());
	}
	cr_assert_gt(found.num, 20);
}

Test(generation, never_goes_back_when_renewals_are_nested)
{
	use_fake_clock();
	nest_renewals();
}

Test(generation, never_goes_back_when_renewals_are_nested_after_prepare)
{
	use_fake_clock();
	cr_assert_eq(vgetrandom_prepare(0), 0);
	nest_renewals();
}

static void write_to_data_page(void *unused)
{
	volatile char *data = (char *)(uintptr_t)vgr_inprocess_rng_data();

	(void)unused;
	*data = 1;
}

Test(generation, data_page_is_read_only)
{
	char why[VGT_CHILD_WHY_SIZE];
	struct vgt_vma vma;

	use_fake_clock();
	for (int i = 0; i < 2; i++) {
		cr_assert(vgt_vma_of(vgr_inprocess_rng_data(), &vma));
		cr_assert(vgt_vma_has(&vma, "rd") && !vgt_vma_has(&vma, "wr") &&
				  !vgt_vma_has(&vma, "ex"),
			  "expected rd without wr and ex, actual%s", vma.flags);
		/* A sanitizer reports the signal in its own way. */
		cr_assert(!vgt_run_child(write_to_data_page, NULL, why));
		expect_change(60, true);
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

Test(generation, renewals_after_prepare_need_no_mprotect)
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

Test(generation, renewals_while_eight_threads_draw)
{
	use_fake_clock();
	draw_while_renewing();
}

Test(generation, renewals_while_eight_threads_draw_after_prepare)
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

Test(generation, renewal_is_no_cancellation_point)
{
	pthread_t thread;

	use_fake_clock();
	cr_assert_eq(pthread_create(&thread, NULL, draw_when_cancelled, NULL), 0);
	pthread_join(thread, NULL);
	cr_assert(atomic_load(&survived),
		  "expected vgetrandom() to return, actual: the thread was cancelled inside it");
}
