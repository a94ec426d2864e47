// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A CPU for each thread, so that the scheduler moves none while it is measured: with --pin, and
 * whenever there are several, for it may leave two that it wakes on one CPU for longer than a
 * slice lasts. Helpers begin without it and pin their own threads.
 */
#define _GNU_SOURCE
#include "measure.h"

#include <sched.h>

static cpu_set_t allowed;
static bool is_known, is_on;

void bench_pin_prepare(void)
{
	if (!is_known)
		is_known = sched_getaffinity(0, sizeof(allowed), &allowed) == 0;
}

void bench_pin_start(void)
{
	bench_pin_prepare();
	is_on = is_known;
	bench_pin_thread(0);
}

bool bench_pin_is_on(void)
{
	return is_on;
}

void bench_pin_thread(unsigned int index)
{
	unsigned int skip;
	cpu_set_t one;

	if (!is_known)
		return;
	/* More threads than CPUs: round again. */
	skip = index % (unsigned int)CPU_COUNT(&allowed);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || skip-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

void bench_pin_release(void)
{
	if (is_known)
		sched_setaffinity(0, sizeof(allowed), &allowed);
}
