// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Which boundaries are tried: all, if there is time. Else every instruction of the code the first
 * and the last time it is executed, and a random sample of the rest: what is left out is rounds
 * of loops, mostly ChaCha20's.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#define TRIED_MIN 48

/* splitmix64: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators". */
uint64_t check_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static int compare_longs(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

struct visit {
	uintptr_t ip;
	long at;
};

static int compare_visits(const void *a, const void *b)
{
	const struct visit *x = a, *y = b;

	if (x->ip != y->ip)
		return x->ip < y->ip ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* Marks the first and the last visit of each instruction. */
static long mark_instructions(const uintptr_t *ips, long num, bool *marked)
{
	struct visit *visits = calloc((size_t)num, sizeof(*visits));
	long num_marked = 0;

	for (long i = 0; i < num; i++)
		visits[i] = (struct visit){ ips[i], i };
	qsort(visits, (size_t)num, sizeof(*visits), compare_visits);
	for (long i = 0; i < num; i++) {
		bool is_first = i == 0 || visits[i - 1].ip != visits[i].ip;
		bool is_last = i == num - 1 || visits[i + 1].ip != visits[i].ip;

		if (is_first || is_last) {
			marked[visits[i].at] = true;
			num_marked++;
		}
	}
	free(visits);
	return num_marked;
}

/* Where every run has to step through the call by itself, that is half of it on average. */
static long how_many(const struct check_options *options, long num)
{
	long most = (long)options->limit;

	if (!options->target->state && options->budget && (long)(2 * options->budget) / num < most)
		most = (long)(2 * options->budget) / num;
	if (most < TRIED_MIN)
		most = TRIED_MIN;
	return most < num ? most : num;
}

long *check_choose(const struct check_options *options, const uintptr_t *ips, long num,
		   long *num_chosen)
{
	long wanted = how_many(options, num), left = 0;
	bool *marked = calloc((size_t)num, sizeof(*marked));
	long *chosen = calloc((size_t)num, sizeof(*chosen));
	uint64_t random = options->seed;

	*num_chosen = 0;
	if (wanted < num)
		left = mark_instructions(ips, num, marked);
	for (long i = 0; i < num; i++) {
		bool is_sampled = marked[i] &&
				  (left <= wanted ||
				   check_random(&random) % (uint64_t)left < (uint64_t)wanted);

		if (wanted == num || is_sampled)
			chosen[(*num_chosen)++] = i;
	}
	while (*num_chosen < wanted)
		chosen[(*num_chosen)++] = (long)(check_random(&random) % (uint64_t)num);
	qsort(chosen, (size_t)*num_chosen, sizeof(*chosen), compare_longs);
	free(marked);
	return chosen;
}
