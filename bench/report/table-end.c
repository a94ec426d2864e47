// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The table on stdout: the other measures, who was the fastest, what is missing, and how quiet
 * the machine was.
 */
#define _GNU_SOURCE
#include "report.h"

#include <string.h>

#include "measures/measure.h"
#include "measures/ticks.h"

#define MAX_COLUMNS 16

static const struct {
	const char *measure, *title;
} titles[] = {
	{ "latency", "latency of single calls, ns" },
	{ "first", "first call of 32 bytes in a process, first and second in a thread, ns" },
	{ "fork", "a fork with 64 threads that have states, and the child's first call, ns" },
	{ "memory", "memory of a thread's state, bytes" },
	{ "drop", "a call of 32 bytes after its page was dropped, ns" },
	{ "cycles", "cycles of the CPU" },
	{ "instructions", "instructions a call in the process, by callgrind" },
};

static const char *find_title(const char *measure)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (strcmp(titles[i].measure, measure) == 0)
			return titles[i].title;
	return measure;
}

/* Columns of a measure: its names, or its sizes if it has one name only. */
struct columns {
	const char *names[MAX_COLUMNS];
	size_t sizes[MAX_COLUMNS];
	unsigned int num;
	bool by_size;
};

static bool is_column(const struct columns *columns, unsigned int i,
		      const struct bench_figure *figure)
{
	return columns->by_size ? columns->sizes[i] == figure->size
				: strcmp(columns->names[i], figure->name) == 0;
}

static void add_column(struct columns *columns, const struct bench_figure *figure)
{
	for (unsigned int i = 0; i < columns->num; i++)
		if (is_column(columns, i, figure))
			return;
	if (columns->num == MAX_COLUMNS)
		return;
	columns->names[columns->num] = figure->name;
	columns->sizes[columns->num++] = figure->size;
}

static bool has_block_per_size(const char *measure)
{
	return strcmp(measure, "latency") == 0 || strcmp(measure, "cycles") == 0;
}

static void print_title(const char *measure, size_t size, const struct columns *columns, int width)
{
	if (size && has_block_per_size(measure))
		printf("\n%s: %zu bytes\n", find_title(measure), size);
	else
		printf("\n%s\n", find_title(measure));
	printf("  %-*s  %-7s", width, "source", "chacha");
	for (unsigned int i = 0; i < columns->num; i++) {
		if (columns->by_size)
			printf("  %8zu B", columns->sizes[i]);
		else
			printf("  %12s", columns->names[i]);
	}
	printf("\n");
}

static bool is_of(const struct bench_figure *figure, const char *measure, size_t size)
{
	return strcmp(figure->measure, measure) == 0 && (!size || figure->size == size);
}

/* The figures that begin at @first and have its series, in their columns. Returns their number. */
static unsigned int print_row(const struct bench_run *run, unsigned int first, size_t size,
			      const struct columns *columns, int width)
{
	const struct bench_figure *figure = &run->figures[first];
	const struct bench_series *series = figure->series;
	unsigned int column = 0, i = first;

	printf("  %-*s  %-7s", width, series->source->name, bench_series_chacha(series));
	for (; i < run->num_figures && run->figures[i].series == series &&
	       is_of(&run->figures[i], figure->measure, size);
	     i++) {
		for (; column < columns->num && !is_column(columns, column, &run->figures[i]);
		     column++)
			printf("  %*s", columns->by_size ? 10 : 12, "-");
		printf("  %*.1f", columns->by_size ? 10 : 12, run->figures[i].value);
		column++;
	}
	printf("\n");
	return i - first;
}

static void print_block(const struct bench_run *run, const char *measure, size_t size)
{
	struct columns columns = { .by_size = strcmp(measure, "instructions") == 0 };
	int width = bench_name_width(run);

	for (unsigned int i = 0; i < run->num_figures; i++)
		if (is_of(&run->figures[i], measure, size))
			add_column(&columns, &run->figures[i]);
	if (columns.num == 0)
		return;
	print_title(measure, size, &columns, width);
	for (unsigned int i = 0; i < run->num_figures;)
		i += is_of(&run->figures[i], measure, size)
			     ? print_row(run, i, size, &columns, width)
			     : 1;
}

void bench_report_figures(const struct bench_run *run, const char *measure)
{
	size_t last = 0;

	if (!has_block_per_size(measure)) {
		print_block(run, measure, 0);
		fflush(stdout);
		return;
	}
	if (strcmp(measure, "latency") == 0)
		printf("\nEach call is timed alone by the %s; %.1f ns that reading it takes around a loop "
		       "that does\nnothing are subtracted.\n",
		       BENCH_TICKS_NAME, run->timer_ns);
	for (unsigned int i = 0; i < run->num_figures; i++) {
		const struct bench_figure *figure = &run->figures[i];

		/* By size, each once: figures are in the order of sizes. */
		if (is_of(figure, measure, 0) && figure->size > last) {
			last = figure->size;
			print_block(run, measure, last);
		}
	}
	fflush(stdout);
}

static const struct bench_result *find_best(const struct bench_run *run, size_t size)
{
	for (unsigned int i = 0; i < run->num_results; i++) {
		const struct bench_result *result = &run->results[i];

		if (result->size == size && result->threads == 1 && result->is_best)
			return result;
	}
	return NULL;
}

static const struct bench_result *find_ours(const struct bench_run *run, size_t size)
{
	const struct bench_result *best = NULL;

	for (unsigned int i = 0; i < run->num_results; i++) {
		const struct bench_result *result = &run->results[i];

		if (result->size == size && result->threads == 1 &&
		    result->series->source->is_ours && (!best || result->ns.value < best->ns.value))
			best = result;
	}
	return best;
}

static void print_winners(const struct bench_run *run)
{
	const struct bench_options *options = run->options;
	unsigned int won = 0, num = 0;

	for (unsigned int i = 0; i < options->num_sizes; i++) {
		const struct bench_result *best = find_best(run, options->sizes[i]);
		const struct bench_result *ours = find_ours(run, options->sizes[i]);

		if (!best || !ours)
			continue;
		num++;
		if (best->series->source->is_ours)
			won++;
		else
			printf("%s%s is faster than vgetrandom at %zu bytes: %.2fx%s\n",
			       num - won == 1 ? "\n" : "", best->series->source->name,
			       options->sizes[i], ours->ns.value / best->ns.value,
			       best->ns.high > ours->ns.low ? ", which may be noise" : "");
	}
	if (num)
		printf("%svgetrandom is the fastest general-purpose source at %u of %u sizes\n",
		       won == num ? "\n" : "", won, num);
}

static void print_missing(const struct bench_run *run)
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
}

static void print_failures(const struct bench_run *run)
{
	if (run->num_failures)
		printf("\nnot measured\n");
	for (unsigned int i = 0; i < run->num_failures; i++) {
		const struct bench_failure *failure = &run->failures[i];

		printf("  %s, %s: %s\n", failure->series->source->name, failure->measure,
		       failure->reason);
	}
}

static void print_noise(const struct bench_noise *noise)
{
	printf("\nnoise\n");
	if (noise->steal_percent >= 0)
		printf("  taken by the hypervisor for others: %.1f%% of the time\n",
		       noise->steal_percent);
	else
		printf("  taken by the hypervisor for others: /proc/stat does not tell\n");
	if (noise->drift_percent >= 0)
		printf("  a loop of known length took %.1f%% longer in its slow tenth than in its "
		       "fast one\n",
		       noise->drift_percent);
	if (noise->load >= 0)
		printf("  load at the start: %.2f\n", noise->load);
	printf("  threads pinned to CPUs: %s\n",
	       bench_pin_is_on() ? "yes" : "only where there are several");
}

void bench_report_end(const struct bench_run *run)
{
	print_winners(run);
	print_missing(run);
	print_failures(run);
	print_noise(&run->noise);
	fflush(stdout);
}
