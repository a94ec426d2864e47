// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgetrandom-bench: reads the options, finds out which sources this machine has, measures,
 * reports.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench-config.h"
#include "helper.h"
#include "inprocess.h"
#include "measures/measure.h"
#include "report/report.h"

static const struct {
	enum bench_measure measure;
	const char *name; /* of its figures; NULL: it has results */
	int (*run)(struct bench_run *run);
} measures[] = {
	{ BENCH_CALLS, NULL, bench_measure_calls },
	{ BENCH_LATENCY, "latency", bench_measure_latency },
	{ BENCH_FIRST, "first", bench_measure_first },
	{ BENCH_FORK, "fork", bench_measure_fork },
	{ BENCH_MEMORY, "memory", bench_measure_memory },
	{ BENCH_DROP, "drop", bench_measure_drop },
	{ BENCH_INSTRUCTIONS, "instructions", bench_measure_instructions },
	{ BENCH_CYCLES, "cycles", bench_measure_cycles },
};

/* Other beginnings of this program; all but the first are started by itself. */
static const struct {
	const char *name;
	int (*main)(int argc, char **argv);
} commands[] = {
	{ "compare", bench_compare_main },
	{ BENCH_HELPER_COMMAND, bench_helper_main },
	{ BENCH_COUNT_COMMAND, bench_count_main },
};

void bench_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "vgetrandom-bench: ");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/*
 * Makes a call, and keeps what it ran. The series of one source differ by their level only, so
 * what one of them cannot do is missing from all.
 */
static void find_ran(struct bench_series *series)
{
	const struct bench_source *source = series->source;
	unsigned char byte;

	if (source->other_libc) {
		snprintf(series->ran, sizeof(series->ran), "%s", bench_other_libc_helper()->ran);
		return;
	}
	series->missing = bench_source_enter(source, series->chacha);
	if (!series->missing && source->loop(&byte, 1, 1) != 1)
		series->missing = "its first call failed";
	bench_source_ran(source, series->ran);
}

/* A series for each source, or for each of its levels of ChaCha20. */
static void make_series(struct bench_run *run)
{
	const struct bench_options *options = run->options;

	for (unsigned int i = 0; i < options->num_sources; i++) {
		const struct bench_source *source = options->sources[i];
		unsigned int levels = source->has_chacha ? options->num_chacha : 1;
		const char *missing = bench_source_init(source);

		for (unsigned int j = 0; j < levels; j++) {
			struct bench_series *series = &run->series[run->num_series++];

			series->source = source;
			series->missing = missing;
			series->chacha = source->has_chacha ? options->chacha[j]
							    : vgr_cpu_chacha_level();
			if (!missing)
				find_ran(series);
		}
	}
}

static bool any_present(const struct bench_run *run)
{
	for (unsigned int i = 0; i < run->num_series; i++)
		if (!run->series[i].missing)
			return true;
	return false;
}

static int measure_all(struct bench_run *run)
{
	for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++) {
		int err;

		if (!(run->options->measures & measures[i].measure))
			continue;
		err = measures[i].run(run);
		if (err)
			return err;
		if (bench_options_is_brief(run->options))
			continue;
		if (measures[i].name)
			bench_report_figures(run, measures[i].name);
		else
			bench_report_calls(run);
	}
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
	if (options->list) {
		bench_report_list(run);
		return check_stdout();
	}
	if (!any_present(run)) {
		bench_report_end(run);
		bench_error("this machine has none of the sources; choose others with --sources");
		return BENCH_EXIT_FAILED;
	}
	bench_host_get(&host);
	if (!bench_options_is_brief(options))
		bench_report_head(run, &host);
	if (options->pin)
		bench_pin_start();
	bench_noise_start(&run->noise);
	err = measure_all(run);
	bench_noise_stop(&run->noise);
	if (!err && bench_options_is_brief(options))
		bench_report_brief(run, &host);
	else if (!err)
		bench_report_end(run);
	if (!err && options->json_path)
		err = bench_json_write(run, &host, options->json_path);
	if (!err && options->csv_path)
		err = bench_csv_write(run, options->csv_path);
	if (!err)
		err = check_stdout();
	free(run->results);
	free(run->figures);
	return err;
}

int main(int argc, char **argv)
{
	static struct bench_options options;
	static struct bench_run run = { .options = &options };
	int err;

	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) == 0) {
			err = commands[i].main(argc, argv);
			return err ? err : check_stdout();
		}
	}
	err = bench_options_parse(&options, argc, argv);
	if (err)
		return err;
	if (options.help) {
		bench_options_help();
		return check_stdout();
	}
	if (options.version) {
		puts("vgetrandom-bench " BENCH_VERSION);
		return check_stdout();
	}
	return run_benchmark(&run);
}
