// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgetrandom-bench: reads the options, finds out which sources this machine has, measures
 * size by size, reports.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"

void bench_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "vgetrandom-bench: ");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/* A series for each source, or for each of its levels of ChaCha20. */
static void make_series(struct bench_run *run)
{
	const struct bench_options *options = run->options;

	for (unsigned int i = 0; i < options->num_sources; i++) {
		const struct bench_source *source = options->sources[i];
		unsigned int levels = source->has_chacha ? options->num_chacha : 1;
		const char *missing = source->init();

		for (unsigned int j = 0; j < levels; j++) {
			struct bench_series *series = &run->series[run->num_series++];

			series->source = source;
			series->missing = missing;
			series->chacha = options->chacha[j];
		}
	}
}

static unsigned int num_present(const struct bench_run *run)
{
	unsigned int num = 0;

	for (unsigned int i = 0; i < run->num_series; i++)
		if (!run->series[i].missing)
			num++;
	return num;
}

static size_t longest(const struct bench_options *options)
{
	size_t len = 0;

	for (unsigned int i = 0; i < options->num_sizes; i++)
		if (options->sizes[i] > len)
			len = options->sizes[i];
	return len;
}

static int measure_size(struct bench_run *run, size_t size, unsigned int threads)
{
	struct bench_team *team = bench_team_start(threads, longest(run->options));
	int err = bench_measure(run, team, threads, size);

	bench_team_stop(team);
	if (err)
		return err;
	vgr_progress_clear();
	bench_report_size(run, size, threads);
	return 0;
}

static int measure_all(struct bench_run *run)
{
	const struct bench_options *options = run->options;
	unsigned long slices = (unsigned long)num_present(run) * options->repeats;

	vgr_progress_start(slices * options->num_sizes * options->num_threads);
	for (unsigned int i = 0; i < options->num_sizes; i++) {
		for (unsigned int j = 0; j < options->num_threads; j++) {
			int err = measure_size(run, options->sizes[i], options->threads[j]);

			if (err)
				return err;
		}
	}
	bench_report_missing(run);
	return 0;
}

static int check_stdout(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	bench_error("cannot write the table to the standard output: %s", strerror(errno));
	return BENCH_EXIT_FAILED;
}

static int run_benchmark(struct bench_run *run)
{
	const struct bench_options *options = run->options;
	struct bench_host host = { 0 };
	int err;

	make_series(run);
	if (num_present(run) == 0) {
		bench_report_missing(run);
		bench_error("this machine has none of the sources; choose others with --sources");
		return BENCH_EXIT_FAILED;
	}
	run->results = calloc((size_t)run->num_series * options->num_sizes * options->num_threads,
			      sizeof(*run->results));
	if (!run->results) {
		bench_error("out of memory");
		return BENCH_EXIT_FAILED;
	}
	bench_host_get(&host);
	bench_report_head(run, &host);
	err = measure_all(run);
	if (!err && options->json_path)
		err = bench_json_write(run, &host, options->json_path);
	if (!err)
		err = check_stdout();
	free(run->results);
	return err;
}

int main(int argc, char **argv)
{
	static struct bench_options options;
	static struct bench_run run = { .options = &options };
	int err = bench_options_parse(&options, argc, argv);

	if (err)
		return err;
	if (options.help) {
		bench_options_help();
		return check_stdout();
	}
	return run_benchmark(&run);
}
