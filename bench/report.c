// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The table on stdout. A block is printed as soon as its size is measured.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <stdio.h>
#include <string.h>

/* As wide as the longest name, so that a new source needs no change here. */
static int name_width(const struct bench_run *run)
{
	size_t width = strlen("source");

	for (unsigned int i = 0; i < run->num_series; i++) {
		size_t len = strlen(run->series[i].source->name);

		if (len > width)
			width = len;
	}
	return (int)width;
}

static const struct bench_result *find_result(const struct bench_run *run, size_t size,
					      unsigned int threads,
					      const struct bench_series *series)
{
	for (unsigned int i = 0; i < run->num_results; i++) {
		const struct bench_result *result = &run->results[i];

		if (result->size == size && result->threads == threads && result->series == series)
			return result;
	}
	return NULL;
}

static const struct bench_result *find_syscall(const struct bench_run *run, size_t size,
					       unsigned int threads)
{
	for (unsigned int i = 0; i < run->num_series; i++)
		if (strcmp(run->series[i].source->name, BENCH_NAME_SYSCALL) == 0)
			return find_result(run, size, threads, &run->series[i]);
	return NULL;
}

static void print_row(const struct bench_series *series, const struct bench_result *result,
		      const struct bench_result *baseline, int width)
{
	const char *chacha = series->source->has_chacha ? bench_chacha_name(series->chacha) : "-";

	printf("  %-*s  %-7s", width, series->source->name, chacha);
	if (!result) {
		printf("  missing, see below\n");
		return;
	}
	printf("  %11.2f  %11.2f  %5.1f%%  %8.3f", result->ns_median, result->ns_min,
	       100 * result->ns_spread / result->ns_median,
	       (double)result->size * result->threads / result->ns_median);
	if (baseline)
		printf("  %8.2fx\n", baseline->ns_median / result->ns_median);
	else
		printf("  %9s\n", "-");
}

void bench_report_head(const struct bench_run *run, const struct bench_host *host)
{
	printf("%s, %ld cores, %s, %s, commit %s\n", host->cpu, host->cores, host->kernel,
	       host->compiler, host->commit);
	printf("Median, minimum and spread (between the quartiles, of the median) of %u repeats; "
	       "x syscall: how many times as fast.\n",
	       run->options->repeats);
	/* In a pipe, too, the first lines should not wait for the last. */
	fflush(stdout);
}

void bench_report_size(const struct bench_run *run, size_t size, unsigned int threads)
{
	const struct bench_result *baseline = find_syscall(run, size, threads);
	int width = name_width(run);

	printf("\n%zu byte%s", size, size == 1 ? "" : "s");
	printf(threads == 1 ? "\n" : ", %u threads\n", threads);
	printf("  %-*s  %-7s  %11s  %11s  %6s  %8s  %9s\n", width, "source", "chacha", "ns/call",
	       "ns min", "spread", "GB/s", "x syscall");
	for (unsigned int i = 0; i < run->num_series; i++)
		print_row(&run->series[i], find_result(run, size, threads, &run->series[i]),
			  baseline, width);
	fflush(stdout);
}

void bench_report_missing(const struct bench_run *run)
{
	const struct bench_source *last = NULL;

	for (unsigned int i = 0; i < run->num_series; i++) {
		const struct bench_series *series = &run->series[i];

		/* Levels of one source stand side by side and are missing together. */
		if (!series->missing || series->source == last)
			continue;
		if (!last)
			printf("\nmissing\n");
		last = series->source;
		printf("  %s: %s\n", series->source->name, series->missing);
	}
	fflush(stdout);
}
