// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The kernel reseeds (RNDRESEEDCRNG), and a state notices: from the same bytes of a state the next
 * output is the same before the reseed, which is what shows that the test can fail, and another one
 * after it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "memory.h"
#include "reseed.h"

#define NUM_RESEEDS 50
#define OUTPUT_LEN  32
/* The kernel reseeds by itself, too, in the first seconds after its boot once a second. */
#define NUM_ATTEMPTS 100

static void reseed(void)
{
	if (!vgt_reseed_kernel())
		job_skip("RNDRESEEDCRNG: %s", strerror(errno));
}

/* An output of what @snapshot says, without leaving a trace of it. */
static void draw_from(const struct memory *memory, const unsigned char *snapshot,
		      unsigned char *state, unsigned char *output)
{
	memcpy(state, snapshot, memory->state_len);
	memory_draw(memory, state, output, OUTPUT_LEN);
}

/* Makes @snapshot one whose output, which goes to @output, is the same a second time. */
static void take_snapshot(const struct memory *memory, unsigned char *state,
			  unsigned char *snapshot, unsigned char *output)
{
	unsigned char again[OUTPUT_LEN];

	for (int i = 0; i < NUM_ATTEMPTS; i++) {
		memory_draw(memory, state, output, OUTPUT_LEN);
		memcpy(snapshot, state, memory->state_len);
		draw_from(memory, snapshot, state, output);
		draw_from(memory, snapshot, state, again);
		if (memcmp(output, again, OUTPUT_LEN) == 0)
			return;
	}
	job_fail("without a reseed the output does not repeat, in %d attempts", NUM_ATTEMPTS);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--memory", NULL }, { NULL, NULL } };
	unsigned char before[OUTPUT_LEN], after[OUTPUT_LEN];
	unsigned char *state, *snapshot;
	uint64_t generation = 0;
	size_t mapped_len;
	struct memory memory;

	job_start(argc, argv, options);
	memory_open(&memory, options[0].value);
	if (!memory.getrandom)
		job_skip("there is no image here that could use a state");
	state = memory_map(&memory, PAGE_LEN, &mapped_len);
	snapshot = malloc(memory.state_len);
	if (!snapshot)
		abort();
	reseed();
	for (size_t i = 0; i < NUM_RESEEDS; i++) {
		take_snapshot(&memory, state, snapshot, before);
		if (memory.rng_data)
			generation = memory.rng_data->generation;
		reseed();
		draw_from(&memory, snapshot, state, after);
		job_check(memcmp(before, after, OUTPUT_LEN) != 0,
			  "after reseed %zu the state has another key", i);
		if (memory.rng_data)
			job_check(memory.rng_data->generation != generation &&
					  memory.rng_data->generation != 0,
				  "reseed %zu changed the generation %#llx", i,
				  (unsigned long long)generation);
	}
	job_finish("%d reseeds noticed", NUM_RESEEDS);
}
