// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The kernel drops the page of a state: between calls, in the middle of calls, from another
 * process, under memory pressure. Nothing zero and nothing twice comes out, and one system
 * call later all is well again.
 */
#define _GNU_SOURCE
#include "providers.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "child.h"
#include "guard.h"
#include "outputs.h"
#include "provider.h"
#include "quiet.h"
#include "spy.h"
#include "thread.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define PAGE_LEN 4096
#define WIPES    300
#define LEN_MAX  48

static void *page_of(void *state)
{
	return (void *)((uintptr_t)state & ~(uintptr_t)(PAGE_LEN - 1));
}

static void drop_for_real(void *state)
{
	if (!drop_pages(page_of(state), PAGE_LEN))
		vgt_child_fail("expected the page to be gone after MADV_PAGEOUT, but it is there");
}

static void drop_by_hand(void *state)
{
	memset(state, 0, spy_state_len());
}

/* The kernel's function's state alone: a page boundary may lie between the two. */
static void drop_judge_by_hand(void *unused)
{
	(void)unused;
	memset(vgr_get_slot()->judge, 0, vgr_provider()->judge_len);
}

/* What is dropped, and how many system calls then bring the fast path back. */
struct drop {
	void (*drop)(void *state);
	unsigned int calls;
};

static void draw_after_wipe(int wipe, struct outputs *seen)
{
	unsigned char buf[LEN_MAX];

	for (int i = 0; i < 20; i++) {
		size_t len = 1 + (size_t)(wipe + i) % LEN_MAX;

		if (vgetrandom(buf, len, 0) != (ssize_t)len ||
		    (len >= 8 && !outputs_add(seen, buf, len)))
			vgt_child_fail("wipe %d, call %d: %s", wipe, i, seen->why);
	}
}

/*
 * In a child, where every getrandom(2) is counted. Noticing an earlier reseed costs nothing more:
 * what was dropped is made anew, whatever the reason.
 */
static void wipe_at_idle(void *arg)
{
	const struct drop *drop = arg;
	struct outputs seen;
	void *state;

	intercept_getrandom(NULL);
	spy_on(vgetrandom_get_provider());
	state = spy_draw();
	/* Some more, for those that are done again. */
	outputs_init(&seen, 8 * WIPES * 20 * LEN_MAX / 8);
	for (int wipe = 0; wipe < WIPES; wipe++) {
		struct vgt_quiet quiet = { 0 };
		unsigned int calls;

		do {
			vgt_quiet_begin(&quiet);
			calls = num_getrandom_calls;
			drop->drop(state);
			draw_after_wipe(wipe, &seen);
			calls = num_getrandom_calls - calls;
		} while (!vgt_quiet_end(&quiet));
		if (calls != drop->calls)
			vgt_child_fail("wipe %d: expected %u system calls, actual %u", wipe,
				       drop->calls, calls);
	}
}

static void run(void (*body)(void *), void *arg)
{
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert(vgt_run_child(body, arg, why), "%s", why);
}

TEST_EACH_PROVIDER(wipe, page_drop_between_calls_costs_a_seed)
{
	struct drop drop = { drop_for_real, calls_for_key() };

	need_droppable();
	run(wipe_at_idle, &drop);
}

TEST_EACH_PROVIDER(wipe, zeroed_state_costs_a_seed)
{
	struct drop drop = { drop_by_hand, calls_for_key() };

	run(wipe_at_idle, &drop);
}

/*
 * The judge finds that it was wiped, which costs it a seed, and says so: what the state holds is
 * not used any more, as after a reseed, but another key.
 */
Test(wipe, zeroed_judge_brings_a_new_key)
{
	struct drop drop = { drop_judge_by_hand, 3 };

	need_provider(VGETRANDOM_PROVIDER_NATIVE);
	if (vgr_provider()->freshness != VGR_FRESH_BY_JUDGE)
		cr_skip_test("the kernel's function cannot judge");
	run(wipe_at_idle, &drop);
}

Test(wipe, each_page_drop_is_counted)
{
	struct vgetrandom_stats before, after;
	unsigned char buf[16];
	void *state;

	need_droppable();
	spy_on(VGETRANDOM_PROVIDER_INPROCESS);
	state = spy_draw();
	before = stats_now();
	for (int i = 0; i < WIPES; i++) {
		cr_assert(drop_pages(page_of(state), PAGE_LEN));
		cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), 16);
		cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), 16);
	}
	after = stats_now();
	cr_assert_eq(after.wipes - before.wipes, WIPES, "expected %d wipes, actual %lu", WIPES,
		     (unsigned long)(after.wipes - before.wipes));
	cr_assert_eq(after.reseeds - before.reseeds, WIPES, "expected %d reseeds, actual %lu",
		     WIPES, (unsigned long)(after.reseeds - before.reseeds));
	cr_assert_eq(after.fallback_busy + after.fallback_no_state,
		     before.fallback_busy + before.fallback_no_state);
}

/*
 * A thread that drops the page again and again, while another one draws. It comes to each CPU in
 * turn, and where the other one is, interrupts it.
 */
struct dropper {
	void *page;
	atomic_bool stop;
	atomic_ulong drops;
};

static void *drop_on_and_on(void *arg)
{
	struct dropper *dropper = arg;

	while (!atomic_load(&dropper->stop))
		if (drop_pages(dropper->page, PAGE_LEN))
			atomic_fetch_add(&dropper->drops, 1);
	return NULL;
}

/* For at least this long, and until the page was dropped this often. */
#define DROP_SECONDS 0.7
#define DROPS_MIN    20
/* Nothing but drops that do not work takes so long. */
#define DROP_SECONDS_MAX 900

/* Then nothing is remembered any more. */
#define WORDS_MAX (7 << 20)

static void draw_while_dropped(void *page, ssize_t (*draw)(void *buf, size_t len))
{
	struct dropper dropper = { .page = page };
	double end = seconds_now() + DROP_SECONDS;
	struct outputs seen;
	pthread_t thread;
	size_t calls = 0;
	unsigned char buf[1024];

	outputs_init(&seen, WORDS_MAX + (1 << 20));
	cr_assert_eq(pthread_create(&thread, NULL, drop_on_and_on, &dropper), 0);
	while (seconds_now() < end || atomic_load(&dropper.drops) <= DROPS_MIN) {
		for (int i = 0; i < 64; i++, calls++) {
			size_t len = calls % 16 ? 8 + calls % 41 : 8 + calls % 1000;

			cr_assert_eq(draw(buf, len), (ssize_t)len);
			cr_assert(seen.num < WORDS_MAX ? outputs_add(&seen, buf, len)
						       : !has_zero_window(buf, len),
				  "call %zu of %zu bytes: %s", calls, len, seen.why);
		}
		cr_assert(seconds_now() < end + DROP_SECONDS_MAX,
			  "expected more than %d drops, actual %lu", DROPS_MIN,
			  atomic_load(&dropper.drops));
	}
	atomic_store(&dropper.stop, true);
	pthread_join(thread, NULL);
	outputs_free(&seen);
}

static ssize_t draw_from_library(void *buf, size_t len)
{
	return vgetrandom(buf, len, 0);
}

TEST_EACH_PROVIDER(wipe, page_drops_in_the_middle_of_calls_are_survived)
{
	need_droppable();
	spy_on(vgetrandom_get_provider());
	draw_while_dropped(page_of(spy_draw()), draw_from_library);
}

static struct raw raw;

static ssize_t draw_from_raw(void *buf, size_t len)
{
	return raw.getrandom(buf, len, 0, raw.state, raw.state_len);
}

Test(wipe, page_drops_in_the_middle_of_raw_calls_are_survived)
{
	need_droppable();
	raw_init(&raw);
	draw_while_dropped(raw.state, draw_from_raw);
}

/* A core file, or whoever reads the state later, must not find what was handed out. */
Test(wipe, bytes_handed_out_are_gone_from_the_state)
{
	static unsigned char buf[3000];
	size_t at;

	raw_init(&raw);
	for (size_t len = 8; len < sizeof(buf); len += len < 600 ? 1 : 97) {
		cr_assert_eq(draw_from_raw(buf, len), (ssize_t)len);
		cr_assert(!vgt_find_window(raw.state, raw.state_len, buf, len, &at),
			  "%zu bytes: eight of them are still at offset %zu of the state", len, at);
	}
}

/* Status 77: not permitted. */
static int drop_in_parent(void *page)
{
	struct iovec range = { page, PAGE_LEN };
	int fd = (int)syscall(SYS_pidfd_open, getppid(), 0);

	if (fd < 0)
		return 77;
	for (int i = 0; i < 20; i++)
		if (syscall(SYS_process_madvise, fd, &range, 1, MADV_PAGEOUT, 0) != PAGE_LEN)
			return 77;
	return 0;
}

Test(wipe, another_process_may_drop_the_page)
{
	struct vgetrandom_stats before;
	unsigned char buf[32];
	struct outputs seen;

	need_droppable();
	/* Parent and child: see drop_pages(). */
	if (!stay_on_cpu(0))
		cr_skip_test("may not choose the CPU to run on");
	spy_on(VGETRANDOM_PROVIDER_INPROCESS);
	outputs_init(&seen, 10000);
	spy_draw();
	before = stats_now();
	for (int i = 0; i < 20; i++) {
		long pid = raw_fork();

		if (pid == 0)
			_exit(drop_in_parent(page_of(spy_state())));
		if (!ended_well(pid))
			cr_skip_test("process_madvise() is not permitted");
		cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), 32);
		cr_assert(outputs_add(&seen, buf, sizeof(buf)), "%s", seen.why);
	}
	/* A page that is just being looked at elsewhere may stay; not twenty times. */
	cr_assert_gt(stats_now().wipes, before.wipes + 10, "expected about 20 wipes, actual %lu",
		     (unsigned long)(stats_now().wipes - before.wipes));
}

/* Of cgroup v2, this process's own; -1 where there is none. */
static int open_reclaim_file(void)
{
	char line[512], path[600];
	FILE *cgroups = fopen("/proc/self/cgroup", "re");
	int fd = -1;

	while (cgroups && fgets(line, sizeof(line), cgroups)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::", 3) != 0)
			continue;
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.reclaim", line + 3);
		fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	if (cgroups)
		fclose(cgroups);
	return fd;
}

TEST_EACH_PROVIDER(wipe, memory_pressure_of_a_cgroup_is_survived)
{
	int fd = open_reclaim_file();
	unsigned char buf[32];
	struct outputs seen;

	if (fd < 0)
		cr_skip_test("no memory controller of cgroup v2, or not ours to use");
	outputs_init(&seen, 10000);
	for (int i = 0; i < 200; i++) {
		/* Less than was asked for may be there to be reclaimed; that is an error. */
		if (i % 10 == 0 && write(fd, "1M", 2) < 0)
			continue;
		cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), 32);
		cr_assert(outputs_add(&seen, buf, sizeof(buf)), "%s", seen.why);
	}
	close(fd);
}
