// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The kernel reseeds (RNDRESEEDCRNG), and a state notices: from the same bytes of a state the next
 * output is the same before the reseed, which is what shows that the test can fail, and another one
 * after it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "job.h"
#include "memory.h"

#ifndef RNDRESEEDCRNG
#define RNDRESEEDCRNG _IO('R', 0x07)
#endif

#define NUM_RESEEDS 50
#define OUTPUT_LEN  32

static void reseed(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, RNDRESEEDCRNG) != 0)
		job_skip("RNDRESEEDCRNG: %s", strerror(errno));
}

/* An output of what @snapshot says, without leaving a trace of it. */
static void draw_from(const struct memory *memory, const unsigned char *snapshot,
		      unsigned char *state, unsigned char *output)
{
	memcpy(state, snapshot, memory->state_len);
	memory_draw(memory, state, output, OUTPUT_LEN);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--memory", NULL }, { NULL, NULL } };
	unsigned char before[OUTPUT_LEN], again[OUTPUT_LEN], after[OUTPUT_LEN];
	unsigned char *state, *snapshot;
	size_t mapped_len, num_equal = 0;
	uint64_t generation = 0;
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
		memory_draw(&memory, state, after, OUTPUT_LEN);
		memcpy(snapshot, state, memory.state_len);
		if (memory.rng_data)
			generation = memory.rng_data->generation;
		draw_from(&memory, snapshot, state, before);
		draw_from(&memory, snapshot, state, again);
		/* Not if the kernel has just reseeded by itself: that is for the count below. */
		num_equal += memcmp(before, again, OUTPUT_LEN) == 0;
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
	job_check(num_equal >= NUM_RESEEDS - 2, "without a reseed the output repeats: %zu of %d",
		  num_equal, NUM_RESEEDS);
	job_finish("%d reseeds noticed", NUM_RESEEDS);
}
