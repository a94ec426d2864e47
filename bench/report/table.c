// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The table on stdout: the loop of calls. See table-end.c for what follows it.
 */
#define _GNU_SOURCE
#include "report.h"

#include <string.h>

#include "measures/measure.h"

int bench_name_width(const struct bench_run *run)
{
	size_t width = strlen("source");

	for (unsigned int i = 0; i < run->num_series; i++) {
		size_t len = strlen(run->series[i].source->name);

		if (len > width)
			width = len;
	}
	return (int)width;
}

const char *bench_series_chacha(const struct bench_series *series)
{
	return series->source->has_chacha ? bench_chacha_name(series->chacha) : "-";
}

const struct bench_result *bench_find_result(const struct bench_run *run, size_t size,
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

static void print_ratio(const struct bench_interval *ratio)
{
	char bounds[40];

	if (ratio->value == 0) {
		printf("  %8s  %-15s", "-", "");
		return;
	}
	snprintf(bounds, sizeof(bounds), "%.2f..%.2f", ratio->low, ratio->high);
	printf(" %c%7.2fx  %-15s", bench_is_wide(ratio) ? '~' : ' ', ratio->value, bounds);
}

static void print_row(const struct bench_series *series, const struct bench_result *result,
		      int width)
{
	static const char marks[] = {
		[BENCH_GENERAL] = ' ', [BENCH_RAW] = 'r', [BENCH_LIMIT] = 'l'
	};

	printf("%c %-*s  %-7s", result && result->is_best ? '*' : marks[series->source->kind],
	       width, series->source->name, bench_series_chacha(series));
	if (!result) {
		printf("  missing, see below\n");
		return;
	}
	printf("  %12.2f  %12.2f  %5.1f%%  %8.3f", result->ns.value, result->ns_min,
	       100 * result->ns_spread / result->ns.value,
	       (double)result->size * result->threads / result->ns.value);
	print_ratio(&result->ratio);
	if (result->threads == 1)
		printf("\n");
	else if (result->scaling.value == 0)
		printf("  %7s\n", "-");
	else
		printf(" %c%6.2fx  %4.0f%%\n", bench_is_wide(&result->scaling) ? '~' : ' ',
		       result->scaling.value, 100 * result->scaling.value / result->threads);
}

static void print_block(const struct bench_run *run, size_t size, unsigned int threads)
{
	int width = bench_name_width(run);

	printf("\n%zu byte%s", size, size == 1 ? "" : "s");
	printf(threads == 1 ? "\n" : ", %u threads\n", threads);
	printf("  %-*s  %-7s  %12s  %12s  %6s  %8s  %8s  %-15s%s\n", width, "source", "chacha",
	       "ns/call", "ns min", "spread", "GB/s", "xsyscall", "99 of 100 runs",
	       threads == 1 ? "" : "  scaling  of it");
	for (unsigned int i = 0; i < run->num_series; i++)
		print_row(&run->series[i], bench_find_result(run, size, threads, &run->series[i]),
			  width);
}

static bool any_wide(const struct bench_run *run)
{
	for (unsigned int i = 0; i < run->num_results; i++)
		if (bench_is_wide(&run->results[i].ratio) ||
		    bench_is_wide(&run->results[i].scaling))
			return true;
	return false;
}

void bench_report_head(const struct bench_run *run, const struct bench_host *host)
{
	printf("%s, %ld cores, %s, %s, commit %s\n", host->cpu, host->cores, host->kernel,
	       host->compiler, host->commit);
	if (run->options->measures & BENCH_CALLS)
		printf("Median, minimum and spread (between the quartiles, of the median) of %u "
		       "repeats (%u above\n1 MiB), more where it is noisy; xsyscall: how many times as fast, "
		       "slices side by side, and within\nwhich bounds 99 of 100 other runs are expected.\n"
		       "*: the fastest general-purpose source; r: a raw function that a C library "
		       "builds on;\nl: no generator, a limit.\n",
		       run->options->repeats, bench_options_repeats(run->options, SIZE_MAX));
	/* In a pipe, too, the first lines should not wait for the last. */
	fflush(stdout);
}

void bench_report_calls(const struct bench_run *run)
{
	const struct bench_options *options = run->options;

	for (unsigned int i = 0; i < options->num_sizes; i++)
		for (unsigned int j = 0; j < options->num_threads; j++)
			if (bench_options_want(options, options->sizes[i], options->threads[j]))
				print_block(run, options->sizes[i], options->threads[j]);
	if (any_wide(run))
		printf("\n~: the bounds of the ratio are more than %.0f%% of it apart; try again on "
		       "a quieter machine,\nwith more --repeats, or with --pin\n",
		       100 * BENCH_WIDEST);
	fflush(stdout);
}
