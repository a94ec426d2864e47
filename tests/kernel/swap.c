// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Memory for states is never written to swap. The same mark goes into states and into ordinary
 * memory, and memory is filled until the ordinary pages are in swap; the host looks for both marks
 * on the disk when the guest is off.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "job.h"
#include "mark.h"
#include "memory.h"
#include "pressure.h"

#define NUM_PAGES 256
#define LEN       (NUM_PAGES * (size_t)PAGE_LEN)
#define ENOUGH    (NUM_PAGES / 2)

/* So often all memory is used before what nobody looked at must be in swap. */
#define NUM_ROUNDS 20

static size_t swapped_pages(const void *p)
{
	long kb = memory_smaps_kb(p, "Swap:");

	return kb < 0 ? 0 : (size_t)kb * 1024 / PAGE_LEN;
}

/* Pages that were dropped get their mark again: there is always something to be swapped. */
static size_t mark_again(unsigned char *states, uint64_t seed)
{
	size_t num_dropped = 0;

	for (size_t i = 0; i < NUM_PAGES; i++) {
		volatile uint64_t *page = (volatile uint64_t *)(states + i * PAGE_LEN);

		if (*page)
			continue;
		mark_fill(states + i * PAGE_LEN, PAGE_LEN, seed);
		num_dropped++;
	}
	return num_dropped;
}

static void check_states(const unsigned char *states)
{
	size_t num = swapped_pages(states);

	job_check(num == 0, "no page of a state is in swap: %zu are", num);
}

/* The same, asked for: ordinary pages are written, and pages of states dropped or kept. */
static size_t page_out(unsigned char *states, unsigned char *ordinary, uint64_t seed)
{
	size_t num_dropped = 0;

	for (int round = 0; round < 3; round++) {
		madvise(states, LEN, MADV_PAGEOUT);
		madvise(ordinary, LEN, MADV_PAGEOUT);
		check_states(states);
		num_dropped += mark_again(states, seed);
	}
	return num_dropped;
}

int main(int argc, char **argv)
{
	struct job_option options[] = {
		{ "--memory", NULL },
		{ "--state-mark", NULL },
		{ "--ordinary-mark", NULL },
		{ NULL, NULL },
	};
	size_t mapped_len, num_dropped = 0, num_swapped = 0, num_paged_out;
	unsigned char *states, *ordinary;
	struct memory memory;
	struct pressure pressure;
	unsigned int num_rounds = 0;

	job_start(argc, argv, options);
	memory_open(&memory, options[0].value);
	states = memory_map(&memory, LEN, &mapped_len);
	ordinary = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ordinary == MAP_FAILED)
		job_fail("mmap: %s", strerror(errno));
	mark_fill(ordinary, LEN, job_number(&options[2]));
	mark_fill(states, LEN, job_number(&options[1]));

	pressure_begin(&pressure, PRESSURE_SWAP);
	while (num_swapped < ENOUGH && num_rounds < NUM_ROUNDS) {
		/* A page that is looked at is young again: leave them alone in between. */
		usleep(3000 * 1000);
		num_rounds = atomic_load(pressure.num_rounds);
		num_swapped = swapped_pages(ordinary);
		num_dropped += mark_again(states, job_number(&options[1]));
		check_states(states);
	}
	pressure_end(&pressure);
	num_paged_out = page_out(states, ordinary, job_number(&options[1]));
	job_check(num_swapped >= ENOUGH, "%d ordinary pages went to swap: %zu", ENOUGH,
		  num_swapped);
	job_note("%zu ordinary pages were swapped in %u rounds", num_swapped, num_rounds);
	job_note("%zu pages of states were dropped by pressure, %zu when they were paged out",
		 num_dropped, num_paged_out);
	job_finish("%d pages of states were never in swap", NUM_PAGES);
}
