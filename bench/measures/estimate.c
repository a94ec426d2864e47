// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the repeats say, and how sure it is: medians, quantiles, and bootstrap intervals
 * (B. Efron, "Bootstrap methods: another look at the jackknife", 1979; in blocks as by
 * H. Kunsch, 1989).
 */
#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What of them lies beyond the bounds. */
#define OUTSIDE 0.01

/*
 * Addresses and physical pages differ from process to process, which no repeat within one shows.
 * Seen: up to 0.7%.
 */
#define LEAST 0.015

/*
 * Repeats that lie side by side are alike, as whatever disturbs one lasts. Drawn one by one
 * they would promise too narrow an interval, so they are drawn in runs of this many.
 */
#define BLOCK 3

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *values, unsigned int num)
{
	qsort(values, num, sizeof(*values), by_value);
	return (values[(num - 1) / 2] + values[num / 2]) / 2;
}

double bench_quantile(const double *sorted, unsigned int num, double share)
{
	return sorted[(unsigned int)(share * (num - 1) + 0.5)];
}

/* Not for secrets: the same figures must give the same interval. (SplitMix64) */
static uint64_t draw(uint64_t *seed)
{
	uint64_t x = *seed += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static void swap(double *a, double *b)
{
	double x = *a;

	*a = *b;
	*b = x;
}

/* The value that would stand at @rank if @values were sorted. (C. A. R. Hoare, "Find", 1961) */
static double select_rank(double *values, unsigned int num, unsigned int rank)
{
	long low = 0, high = (long)num - 1;

	while (low < high) {
		double pivot = values[rank];
		long i = low, j = high;

		while (i <= j) {
			while (values[i] < pivot)
				i++;
			while (pivot < values[j])
				j--;
			if (i <= j)
				swap(&values[i++], &values[j--]);
		}
		if (j < (long)rank)
			low = i;
		if ((long)rank < i)
			high = j;
	}
	return values[rank];
}

/* A median without sorting: of thousands of samples. Reorders @values. */
static double quick_median(double *values, unsigned int num)
{
	double upper = select_rank(values, num, num / 2);

	return num % 2 ? upper : (select_rank(values, num, num / 2 - 1) + upper) / 2;
}

struct sample {
	const double *values;
	unsigned int num;
	uint64_t seed;
	double picked[BENCH_MAX_REPEATS];
};

static double resample(struct sample *sample)
{
	unsigned int first = 0;

	for (unsigned int i = 0; i < sample->num; i++) {
		if (i % BLOCK == 0)
			first = (unsigned int)(draw(&sample->seed) % sample->num);
		sample->picked[i] = sample->values[(first + i % BLOCK) % sample->num];
	}
	return quick_median(sample->picked, sample->num);
}

struct bench_interval bench_estimate(const double *values, unsigned int num,
				     enum bench_precision precision)
{
	struct sample sample = { .values = values, .num = num };
	double relative[BENCH_EXACTLY];
	struct bench_interval interval;
	unsigned int resamples = precision;

	memcpy(sample.picked, values, num * sizeof(*values));
	interval.value = quick_median(sample.picked, num);
	/*
	 * This run's estimate strays from the truth, and another run's will as much: of each
	 * pair one stands for this run and one for the other.
	 */
	for (unsigned int i = 0; i < resamples; i++)
		relative[i] = resample(&sample) / resample(&sample);
	bench_median(relative, resamples);
	interval.low = interval.value *
		       fmin(bench_quantile(relative, resamples, OUTSIDE / 2), 1 - LEAST);
	interval.high = interval.value *
			fmax(bench_quantile(relative, resamples, 1 - OUTSIDE / 2), 1 + LEAST);
	return interval;
}

bool bench_is_wide(const struct bench_interval *interval)
{
	return interval->high - interval->low > BENCH_WIDEST * interval->value;
}
