// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The help, and what applies where the command line says nothing. */
#define _GNU_SOURCE
#include "options.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <vgetrandom/abi.h>

#include "arch.h"
#include "inprocess.h"
#include "scenarios.h"

/*
 * Boundaries of a call that are all tried; of more, a sample that has every instruction in it.
 * Those of the state machine do not count, but for --quick.
 */
#define LIMIT             4000
#define LIMIT_QUICK       100
#define LIMIT_FULL        48

#define MINUTES_OF_OTHERS 15

/* So many single steps may all runs of one fault in one case take */
#define BUDGET       200000
#define BUDGET_QUICK 10000
#define BUDGET_FULL  6000

static const size_t all_sizes[] = { 1, 4, 16, 32, 33, 200, 1024, 5000 };
static const size_t quick_sizes[] = { 4, 32, 200 };

static const char *const chacha_names[CHECK_NUM_CHACHA] = VGR_CHACHA_LEVEL_NAMES;

const char *check_chacha_name(uint32_t chacha)
{
	return chacha < CHECK_NUM_CHACHA ? chacha_names[chacha] : "unknown";
}

static void help_lists(void)
{
	printf("\nTargets:\n");
	for (unsigned int i = 0; i < check_num_targets; i++)
		if (!check_targets[i].takes_argument)
			printf("  %-20s %s\n", check_targets[i].name, check_targets[i].what);
	printf("  lib:PATH:SYMBOL[:CONVENTION]\n"
	       "                       your own: getrandom (the default), getentropy, arc4random_buf or\n"
	       "                       rand_bytes\n");
	printf("\nFaults (two dots: at two boundaries, the pairs):\n");
	for (unsigned int i = 1; i < check_num_faults; i++)
		printf("  %-20s %s\n", check_faults[i].name, check_faults[i].what);
	printf("\nScenarios:\n");
	check_scenarios_help();
}

void check_options_help(void)
{
	printf("usage: vgetrandom-check step --target TARGET [OPTION]...\n"
	       "       vgetrandom-check scenarios --target TARGET [OPTION]...\n"
	       "       vgetrandom-check draw --target TARGET --bytes N\n\n"
	       "step injects faults at every instruction of a call; scenarios are the coarse tests\n"
	       "for any platform; draw writes what the target makes to the standard output.\n\n"
	       "  --target TARGET  what to test, see below\n"
	       "  --json FILE      also write the results to FILE (step, scenarios)\n"
	       "  --help           show this help\n"
	       "  --version        show the version\n\n"
	       "Of step:\n"
	       "  --fault LIST     which faults (default: all that suit the target)\n"
	       "  --size LIST      bytes per call (default: 32)\n"
	       "  --start LIST     fresh, partial, empty: how full the batch is at the start\n"
	       "  --chacha LIST    generic, sse2, avx2, avx512, avx512vl, all (default: the best)\n"
	       "  --pairs          also two faults at two boundaries of the same call\n"
	       "  --limit N        boundaries per fault and call before a sample is taken\n"
	       "  --seed N         seed for sampling (printed); reproduces a run only with the\n"
	       "                   same options and the same build\n"
	       "  --jobs N         number of processes at a time (default: one per core)\n"
	       "  --minutes N      stop after N, and report how much was tried (default: 15 for a\n"
	       "                   target that is not ours, else no end)\n"
	       "  --quick          use less than a minute of CPU time\n"
	       "  --full           all sizes, starts and implementations of ChaCha20, and pairs\n"
	       "\nOf scenarios:\n"
	       "  --only LIST      run only these\n"
	       "  --require LIST   report these as failed, not skipped, if they cannot run here\n"
	       "\nOf draw:\n"
	       "  --bytes N        number of bytes\n");
	help_lists();
	printf("\nExit status: 0 safe, 1 unsafe, 2 usage error, 77 cannot be tested on this "
	       "machine.\n");
}

void check_options_add_fault(struct check_options *options, const struct check_fault *fault)
{
	for (unsigned int i = 0; i < options->num_faults; i++)
		if (options->faults[i] == fault)
			return;
	if (options->num_faults < CHECK_MAX_FAULTS)
		options->faults[options->num_faults++] = fault;
}

/* All that suit the target; two at two boundaries only if they were asked for. */
static void complete_faults(struct check_options *options)
{
	if (options->num_faults == 0) {
		options->faults_by_default = true;
		for (unsigned int i = 1; i < check_num_faults; i++)
			if (!strstr(check_faults[i].name, ".."))
				check_options_add_fault(options, &check_faults[i]);
	}
	for (unsigned int i = 1; options->pairs && i < check_num_faults; i++)
		if (strstr(check_faults[i].name, ".."))
			check_options_add_fault(options, &check_faults[i]);
}

static void complete_sizes(struct check_options *options)
{
	const size_t *sizes = options->quick ? quick_sizes : all_sizes;
	size_t num = sizeof(all_sizes) / sizeof(all_sizes[0]);

	if (options->quick)
		num = sizeof(quick_sizes) / sizeof(quick_sizes[0]);
	if (options->num_sizes)
		return;
	if (!options->quick && !options->full) {
		options->sizes[options->num_sizes++] = 32;
		return;
	}
	for (size_t i = 0; i < num; i++)
		options->sizes[options->num_sizes++] = sizes[i];
}

static unsigned long choose(const struct check_options *options, unsigned long quick,
			    unsigned long normal, unsigned long full)
{
	return options->quick ? quick : options->full ? full : normal;
}

void check_options_complete(struct check_options *options)
{
	struct timespec now;

	options->pairs = options->pairs || options->full;
	complete_faults(options);
	complete_sizes(options);
	if (options->num_starts == 0)
		while (options->num_starts < CHECK_NUM_STARTS) {
			options->starts[options->num_starts] = options->num_starts;
			options->num_starts++;
		}
	if (!options->num_chacha)
		for (uint32_t i = 0; i <= vgr_cpu_chacha_max(); i++)
			if (options->full || i == vgr_cpu_chacha_level())
				options->chacha[options->num_chacha++] = i;
	options->budget = choose(options, BUDGET_QUICK, BUDGET, BUDGET_FULL);
	if (options->limit)
		options->budget = 0;
	else
		options->limit = choose(options, LIMIT_QUICK, LIMIT, LIMIT_FULL);
	/* Who has the kernel reseed would do so in the middle of another job's call. */
	options->reseed_jobs = options->jobs;
	if (!options->jobs && options->target->reseed == check_kernel_reseed)
		options->reseed_jobs = 1;
	if (!options->jobs) {
		long cores = sysconf(_SC_NPROCESSORS_ONLN);

		options->jobs = cores < 1                   ? 1
				: cores > CHECK_WORKERS_MAX ? CHECK_WORKERS_MAX
							    : (unsigned int)cores;
	}
	if (!options->reseed_jobs)
		options->reseed_jobs = options->jobs;
	/* Millions of instructions a call, and a process for each: it might never end. */
	if (!options->minutes && !options->target->state)
		options->minutes = MINUTES_OF_OTHERS;
	if (!options->seed) {
		clock_gettime(CLOCK_REALTIME, &now);
		options->seed = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	}
}
