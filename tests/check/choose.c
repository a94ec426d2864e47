// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Which boundaries are tried: all, if there is time. Else every one of the state machine, where its
 * code is known, and of the rest each instruction the first and the last time it is executed, and
 * random ones: what is left out is rounds of loops, mostly ChaCha20's.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <stdlib.h>

#define TRIED_MIN       48
#define TRIED_MIN_QUICK 24

/* What comes early costs few steps, and seeds are taken early. */
#define EARLY 96

/* splitmix64: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators". */
uint64_t check_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
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

/* Chooses @wanted of the @num boundaries in @from, or all; returns how many. (Knuth's Algorithm S)
 */
static long sample(const long *from, long num, long wanted, uint64_t *random, bool *chosen)
{
	long left = wanted;

	for (long i = 0; i < num && left > 0; i++) {
		if (check_random(random) % (uint64_t)(num - i) >= (uint64_t)left)
			continue;
		chosen[from[i]] = true;
		left--;
	}
	return wanted - left;
}

/* The first and the last visit of each instruction that is not chosen yet. */
static long list_ends(const struct check_visit *visits, long num, const bool *chosen, long *list)
{
	struct visit *sorted = calloc((size_t)num, sizeof(*sorted));
	long num_sorted = 0, num_listed = 0;

	for (long i = 0; i < num; i++)
		if (!chosen[i])
			sorted[num_sorted++] = (struct visit){ visits[i].ip, i };
	qsort(sorted, (size_t)num_sorted, sizeof(*sorted), compare_visits);
	for (long i = 0; i < num_sorted; i++) {
		bool is_first = i == 0 || sorted[i - 1].ip != sorted[i].ip;
		bool is_last = i == num_sorted - 1 || sorted[i + 1].ip != sorted[i].ip;

		if (is_first || is_last)
			list[num_listed++] = sorted[i].at;
	}
	free(sorted);
	return num_listed;
}

static long list_others(long num, const bool *chosen, long *list)
{
	long num_listed = 0;

	for (long i = 0; i < num; i++)
		if (!chosen[i])
			list[num_listed++] = i;
	return num_listed;
}

/* Where every run has to step through the call by itself, that is half of it on average. */
static long how_many(const struct check_options *options, long num)
{
	long most = (long)options->limit;

	if (!options->target->state && options->budget && (long)(2 * options->budget) / num < most)
		most = (long)(2 * options->budget) / num;
	if (most < (options->quick ? TRIED_MIN_QUICK : TRIED_MIN))
		most = options->quick ? TRIED_MIN_QUICK : TRIED_MIN;
	return most;
}

void check_choose(const struct check_options *options, const struct check_visit *visits,
		  struct check_call *c)
{
	long num = c->num_boundaries, wanted = how_many(options, num), num_listed;
	uint8_t *places = calloc((size_t)num, sizeof(*places));
	bool *chosen = calloc((size_t)num, sizeof(*chosen));
	long *list = calloc((size_t)num, sizeof(*list));
	uint64_t random = options->seed;

	check_find_places(visits, num, places);
	c->num_spans = check_find_spans(visits, num, places, c->spans, CHECK_SPANS_MAX);
	for (long i = 0; i < num; i++)
		chosen[i] = wanted >= num ||
			    (places[i] == CHECK_STATE_MACHINE && !options->quick) ||
			    (!options->target->state && i < EARLY);
	if (wanted < num) {
		num_listed = list_ends(visits, num, chosen, list);
		wanted -= sample(list, num_listed, wanted, &random, chosen);
		num_listed = list_others(num, chosen, list);
		sample(list, num_listed, wanted, &random, chosen);
	}
	for (long i = 0; i < num; i++) {
		c->num_in[places[i]]++;
		if (!chosen[i])
			continue;
		if (places[i] == CHECK_STATE_MACHINE)
			c->machine[c->num_tried_in[CHECK_STATE_MACHINE]] = (int32_t)i;
		c->num_tried_in[places[i]]++;
		c->boundaries[c->num_tried++] = (int32_t)i;
	}
	free(places);
	free(chosen);
	free(list);
}
