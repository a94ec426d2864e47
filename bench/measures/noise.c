// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How quiet the machine was: time that the hypervisor gave to others, and how the speed of the
 * CPU changed, seen by a loop whose cycles are known. Neither is corrected for; both are said.
 */
#define _GNU_SOURCE
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_SAMPLES 4096
#define SPINS       20000

static double samples[MAX_SAMPLES];
static unsigned int num_samples;

static struct cpu_time {
	unsigned long long all, steal;
} at_start;

static bool read_cpu_time(struct cpu_time *time)
{
	/* user nice system idle iowait irq softirq steal: guest time is in user. */
	unsigned long long part[8];
	FILE *file = fopen("/proc/stat", "re");
	int num;

	if (!file)
		return false;
	num = fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &part[0], &part[1],
		     &part[2], &part[3], &part[4], &part[5], &part[6], &part[7]);
	fclose(file);
	if (num != 8)
		return false;
	time->all = 0;
	for (int i = 0; i < 8; i++)
		time->all += part[i];
	time->steal = part[7];
	return true;
}

/* Each step needs the one before it, so it takes as many cycles on any CPU of a kind. */
static double spin_ns(void)
{
	int64_t start = bench_now_ns();
	uint64_t x = 1;

	for (int i = 0; i < SPINS; i++) {
		x *= x | 5;
		__asm__ volatile("" : "+r"(x));
	}
	return (double)(bench_now_ns() - start);
}

void bench_noise_sample(void)
{
	double best;

	if (num_samples == MAX_SAMPLES)
		return;
	/* An interrupt lengthens one of them, a lower frequency all three. */
	best = spin_ns();
	for (int i = 0; i < 2; i++) {
		double ns = spin_ns();

		if (ns < best)
			best = ns;
	}
	samples[num_samples++] = best;
}

void bench_noise_start(struct bench_noise *noise)
{
	num_samples = 0;
	if (getloadavg(&noise->load, 1) != 1)
		noise->load = -1;
	if (!read_cpu_time(&at_start))
		at_start.all = 0;
}

void bench_noise_stop(struct bench_noise *noise)
{
	struct cpu_time now;

	noise->steal_percent = -1;
	if (at_start.all && read_cpu_time(&now) && now.all > at_start.all)
		noise->steal_percent = 100 * (double)(now.steal - at_start.steal) /
				       (double)(now.all - at_start.all);
	noise->drift_percent = -1;
	if (num_samples < BENCH_MIN_REPEATS)
		return;
	bench_median(samples, num_samples);
	noise->drift_percent = 100 * (bench_quantile(samples, num_samples, 0.9) /
					      bench_quantile(samples, num_samples, 0.1) -
				      1);
}
