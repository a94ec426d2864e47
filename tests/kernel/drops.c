// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Pages of states are dropped while eight threads draw from them: nothing zero comes out and
 * nothing twice. How a page is seen to be gone: its last word, which no state uses, is zero.
 *
 * --pressure fill:   memory is used up until the kernel takes the pages (a guest). How soon it
 *                    takes two hundred is chance, from three seconds to minutes; when it takes
 *                    too long, the kernel is also asked to reclaim memory from these threads,
 *                    which leave it more and more time. It has failed if the threads are
 *                    through with their draws before that
 * --pressure advise: the pages are given up with MADV_PAGEOUT, again and again (anywhere)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <unistd.h>

#include "job.h"
#include "memory.h"
#include "outputs.h"
#include "pressure.h"

#define NUM_THREADS 8
#define NUM_PAGES   64 /* of each thread, with one state each */
#define NUM_WORDS   (1 << 16)
#define PATIENCE    30 /* seconds of filling alone */
#define ROUND_US    (20 * 1000)
#define DOUBLED_MAX 5  /* that is a turn of 40 seconds */
#define VAIN_MAX    11 /* so many turns in vain, and a thread gives up */
#define LAST_WORD   (PAGE_LEN / sizeof(uint64_t) - 1)
#define TOKEN       0x746e657365727021
#define ALL_CGROUPS "/sys/fs/cgroup"
#define CGROUP      ALL_CGROUPS "/drops"

struct drawer {
	const struct memory *memory;
	unsigned char *pages;
	struct outputs seen;
	size_t num_draws, num_drops_before;
	unsigned int num_vain;
	bool is_wrong;
	pthread_t thread;
};

static atomic_size_t num_drops, num_through;
static atomic_bool is_over;

static bool draw_from(struct drawer *drawer, size_t page, size_t len)
{
	unsigned char buf[40], *state = drawer->pages + page * PAGE_LEN;
	volatile uint64_t *last_word = (volatile uint64_t *)state + LAST_WORD;

	if (!*last_word) {
		if (drawer->num_draws >= 2 * NUM_PAGES)
			atomic_fetch_add(&num_drops, 1);
		*last_word = TOKEN;
	}
	drawer->num_draws++;
	memory_draw(drawer->memory, state, buf, len);
	return outputs_add(&drawer->seen, buf, len);
}

/*
 * A page that is used between two looks of the kernel at it is spared, so where its looks take
 * longer than a turn none would ever be dropped. Each turn in vain doubles the next one, any other
 * halves it.
 */
static void end_turn(struct drawer *drawer)
{
	size_t num = atomic_load(&num_drops);

	if (num == drawer->num_drops_before)
		drawer->num_vain++;
	else if (drawer->num_vain)
		drawer->num_vain = MIN(drawer->num_vain, DOUBLED_MAX) - 1;
	drawer->num_drops_before = num;
}

/*
 * The first page is used all the time, so the kernel may well keep it; the others in turn, each
 * after a second or more.
 */
static void *draw(void *arg)
{
	struct drawer *drawer = arg;
	size_t num_rounds = (NUM_WORDS - NUM_PAGES) / 12;

	for (size_t round = 0;
	     round < num_rounds && drawer->num_vain < VAIN_MAX && !atomic_load(&is_over); round++) {
		if (!draw_from(drawer, 0, 40) ||
		    !draw_from(drawer, 1 + round % (NUM_PAGES - 1), 8 + 8 * (round % 5))) {
			drawer->is_wrong = true;
			break;
		}
		if (round % (NUM_PAGES - 1) == NUM_PAGES - 2)
			end_turn(drawer);
		usleep(ROUND_US << MIN(drawer->num_vain, DOUBLED_MAX));
	}
	atomic_fetch_add(&num_through, 1);
	return NULL;
}

static void start(struct drawer *drawers, const struct memory *memory)
{
	size_t mapped_len;

	for (size_t i = 0; i < NUM_THREADS; i++) {
		struct drawer *drawer = &drawers[i];

		drawer->memory = memory;
		drawer->pages = memory_map(memory, NUM_PAGES * PAGE_LEN, &mapped_len);
		outputs_init(&drawer->seen, NUM_WORDS);
		/* Touched now, or there may be no memory for it later. */
		memset(drawer->seen.words, 0, drawer->seen.size * sizeof(*drawer->seen.words));
		if (pthread_create(&drawer->thread, NULL, draw, drawer) != 0)
			job_fail("pthread_create: %s", strerror(errno));
	}
}

static void advise(const struct drawer *drawers)
{
	for (size_t i = 0; i < NUM_THREADS; i++)
		if (madvise(drawers[i].pages, NUM_PAGES * PAGE_LEN, MADV_PAGEOUT) != 0)
			job_skip("MADV_PAGEOUT: %s", strerror(errno));
}

/* For reclaim(). Without a memory cgroup there is filling alone. */
static void enter_cgroup(void)
{
	if ((mkdir(CGROUP, 0755) != 0 && errno != EEXIST) ||
	    !job_write(CGROUP "/cgroup.procs", "0"))
		job_note("no memory cgroup: %s", strerror(errno));
}

/* What fills memory is outside. */
static void begin_to_fill(struct pressure *pressure)
{
	job_write(ALL_CGROUPS "/cgroup.procs", "0");
	pressure_begin(pressure, PRESSURE_FILL);
	enter_cgroup();
}

/* More than there is to be had: the write fails, and all that can go is gone. */
static void reclaim(void)
{
	job_write(CGROUP "/memory.reclaim", "1M");
}

static void drop_until(const struct drawer *drawers, size_t wanted, bool fill)
{
	double start = job_seconds(), seconds = 0;
	size_t num_filled = 0;

	for (; atomic_load(&num_drops) < wanted && atomic_load(&num_through) < NUM_THREADS;
	     seconds = job_seconds() - start) {
		if (!fill)
			advise(drawers);
		else if (seconds > PATIENCE)
			reclaim();
		else
			num_filled = atomic_load(&num_drops);
		usleep(20 * 1000);
	}
	if (fill && seconds > PATIENCE)
		job_note("%zu drops in %d s of filling, then reclaim", num_filled, PATIENCE);
}

static size_t finish(struct drawer *drawers)
{
	size_t num_draws = 0;
	struct outputs all;

	atomic_store(&is_over, true);
	outputs_init(&all, NUM_THREADS * (size_t)NUM_WORDS);
	for (size_t i = 0; i < NUM_THREADS; i++) {
		pthread_join(drawers[i].thread, NULL);
		job_check(!drawers[i].is_wrong, "thread %zu drew nothing twice and no zeros: %s", i,
			  drawers[i].seen.why);
		job_check(outputs_merge(&all, &drawers[i].seen), "nor did two threads: %s",
			  all.why);
		num_draws += drawers[i].num_draws;
	}
	return num_draws;
}

int main(int argc, char **argv)
{
	struct job_option options[] = {
		{ "--memory", NULL },
		{ "--pressure", NULL },
		{ "--drops", "200" },
		{ NULL, NULL },
	};
	static struct drawer drawers[NUM_THREADS];
	struct pressure pressure;
	struct memory memory;
	size_t wanted, num_draws;
	bool fill;

	job_start(argc, argv, options);
	wanted = job_number(&options[2]);
	fill = strcmp(options[1].value, "fill") == 0;
	memory_open(&memory, options[0].value);
	if (!memory.getrandom)
		job_skip("there is no image here that could use states");
	if (fill)
		enter_cgroup();
	start(drawers, &memory);
	if (fill)
		begin_to_fill(&pressure);
	drop_until(drawers, wanted, fill);
	if (fill)
		pressure_end(&pressure);
	num_draws = finish(drawers);
	job_check(atomic_load(&num_drops) >= wanted, "%zu pages were dropped: %zu", wanted,
		  atomic_load(&num_drops));
	job_finish("%zu drops, %zu draws", atomic_load(&num_drops), num_draws);
}
