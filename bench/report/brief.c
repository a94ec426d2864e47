// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The answer on one screen: the six sources that matter, one sentence, and how to see the rest.
 */
#define _GNU_SOURCE
#include "report.h"

#include <string.h>

#include "measures/measure.h"

/* What the sentence is about, if it was measured: a UUID, a key of AES-128. */
#define TYPICAL_SIZE 16

/* Lines of a screen are 40 at most: two for each size, and ten around them. */
#define MAX_SIZES    13
#define COLUMN       13
#define COLUMN_OTHER 26

static const char *const columns[] = {
	BENCH_NAME_SYSCALL, "libc", "glibc-2.41", "kernel-vdso", BENCH_NAME_DEFAULT,
};

#define NUM_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const struct bench_series *find_series(const struct bench_run *run, const char *name)
{
	for (unsigned int i = 0; i < run->num_series; i++)
		if (strcmp(run->series[i].source->name, name) == 0)
			return &run->series[i];
	return NULL;
}

static const struct bench_result *find(const struct bench_run *run, const char *name, size_t size)
{
	const struct bench_series *series = find_series(run, name);

	return series ? bench_find_result(run, size, run->options->threads[0], series) : NULL;
}

static bool is_column(const char *name)
{
	for (size_t i = 0; i < NUM_COLUMNS; i++)
		if (strcmp(columns[i], name) == 0)
			return true;
	return false;
}

/* Of the general-purpose sources that are neither ours nor have a column. */
static const struct bench_result *find_other(const struct bench_run *run, size_t size)
{
	const struct bench_result *best = NULL;

	for (unsigned int i = 0; i < run->num_results; i++) {
		const struct bench_result *result = &run->results[i];
		const struct bench_source *source = result->series->source;

		if (result->size == size && source->kind == BENCH_GENERAL && !source->is_ours &&
		    !is_column(source->name) && (!best || result->ns.value < best->ns.value))
			best = result;
	}
	return best;
}

/* Three digits or more. */
static void print_number(char *text, size_t text_len, double value)
{
	snprintf(text, text_len, "%.*f", value < 10 ? 2 : value < 100 ? 1 : 0, value);
}

static void print_ns(const struct bench_result *result, bool with_name)
{
	char number[24] = "-", cell[80];
	int width = with_name ? COLUMN_OTHER : COLUMN;

	if (result)
		print_number(number, sizeof(number), result->ns.value);
	snprintf(cell, sizeof(cell), "%s %s",
		 result && with_name ? result->series->source->name : "", number);
	printf("%*s", width, cell);
}

static void print_ratio(const struct bench_result *result, int width)
{
	char number[24], cell[80] = "";

	if (result && result->ratio.value > 0 &&
	    strcmp(result->series->source->name, BENCH_NAME_SYSCALL) != 0) {
		const struct bench_interval *ratio = &result->ratio;

		double half = 50 * (ratio->high - ratio->low) / ratio->value;

		/* No more digits than the column has room for. */
		print_number(number, sizeof(number), ratio->value);
		snprintf(cell, sizeof(cell), "%s%sx +-%s%.0f%%", bench_is_wide(ratio) ? "~" : "",
			 number, half > 99 ? ">" : "", half > 99 ? 99 : half);
	}
	printf("%*s", width, cell);
}

static void print_size(const struct bench_run *run, size_t size)
{
	const struct bench_result *other = find_other(run, size);

	printf("%8zu", size);
	for (size_t i = 0; i < NUM_COLUMNS; i++)
		print_ns(find(run, columns[i], size), false);
	print_ns(other, true);
	printf("\n%8s", "");
	for (size_t i = 0; i < NUM_COLUMNS; i++)
		print_ratio(find(run, columns[i], size), COLUMN);
	print_ratio(other, COLUMN_OTHER);
	printf("\n");
}

static void print_table(const struct bench_run *run)
{
	const struct bench_options *options = run->options;

	printf("Median ns per call; below, the speedup over the system call.\n\n");
	printf("%8s", "bytes");
	for (size_t i = 0; i < NUM_COLUMNS; i++)
		printf("%*s", COLUMN, columns[i]);
	printf("%*s\n", COLUMN_OTHER, "fastest other");
	for (unsigned int i = 0; i < options->num_sizes && i < MAX_SIZES; i++)
		print_size(run, options->sizes[i]);
	if (options->num_sizes > MAX_SIZES)
		printf("%8s%u more sizes: see --full-table\n", "", options->num_sizes - MAX_SIZES);
}

/* Why a column is empty: the first such source, for one line. */
static void print_missing(const struct bench_run *run)
{
	for (size_t i = 0; i < NUM_COLUMNS; i++) {
		const struct bench_series *series = find_series(run, columns[i]);

		if (series && series->missing) {
			printf("No %s: %.80s\n", columns[i], series->missing);
			return;
		}
	}
}

static void print_sentence(const struct bench_run *run)
{
	const struct bench_options *options = run->options;
	size_t size = options->sizes[0];
	const struct bench_result *ours, *rival;
	char number[24];

	for (unsigned int i = 0; i < options->num_sizes; i++)
		if (options->sizes[i] == TYPICAL_SIZE)
			size = TYPICAL_SIZE;
	ours = find(run, BENCH_NAME_DEFAULT, size);
	if (!ours)
		return;
	print_number(number, sizeof(number), ours->ns.value);
	printf("\n%zu bytes: %s ns (%s)", size, number, ours->series->ran);
	if (ours->ratio.value > 0) {
		print_number(number, sizeof(number), ours->ratio.value);
		printf(", %s times as fast as the system call", number);
	}
	rival = find(run, "glibc-2.41", size);
	if (rival) {
		print_number(number, sizeof(number), rival->default_ratio.value);
		printf(", %s times glibc 2.41", number);
	}
	printf(".\n");
}

/*
 * A generator that gives a forked child its parent's bytes is fast for a reason: the column says
 * how fast, this line says which. One helper for each, some milliseconds.
 */
static void print_unsafe(const struct bench_run *run)
{
	const struct bench_series *seen[MAX_SIZES];
	unsigned int num_seen = 0, num_unsafe = 0;

	for (unsigned int i = 0; i < run->options->num_sizes && i < MAX_SIZES; i++) {
		const struct bench_result *other = find_other(run, run->options->sizes[i]);
		enum bench_survival survival = BENCH_SURVIVES;
		bool is_new = other;

		for (unsigned int j = 0; is_new && j < num_seen; j++)
			is_new = seen[j] != other->series;
		if (!is_new)
			continue;
		seen[num_seen++] = other->series;
		if (bench_survive(other->series, &survival) || survival == BENCH_SURVIVES)
			continue;
		printf("%s%s", num_unsafe++ ? ", " : "\nNot safe to use after a fork: ",
		       other->series->source->name);
	}
	printf("%s", num_unsafe ? "; see --list.\n" : "");
}

static bool any_wide(const struct bench_run *run)
{
	for (unsigned int i = 0; i < run->num_results; i++)
		if (bench_is_wide(&run->results[i].ratio))
			return true;
	return false;
}

void bench_report_brief(const struct bench_run *run, const struct bench_host *host)
{
	printf("%.60s, %ld cores, %s\n", host->cpu, host->cores, host->kernel);
	print_table(run);
	print_missing(run);
	print_sentence(run);
	print_unsafe(run);
	printf("\n+- holds 99 of 100 other runs%s.\nCPU time taken by the hypervisor: %.1f%%; load at "
	       "the start: %.1f\n",
	       any_wide(run) ? "; ~ is too uncertain to quote" : "",
	       run->noise.steal_percent < 0 ? 0 : run->noise.steal_percent, run->noise.load);
	printf("All sources: --quick --full-table. Latency, threads, memory, forks: --all. "
	       "Sources: --help\n");
	fflush(stdout);
}
