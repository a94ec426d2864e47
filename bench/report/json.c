// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The results as JSON.
 */
#define _GNU_SOURCE
#include "report.h"

#include <string.h>

#include "json-file.h"
#include "measures/measure.h"
#include "measures/ticks.h"

int bench_output_check(const char *option, const char *path)
{
	int err = vgr_json_check(path);

	if (!err)
		return 0;
	bench_error("%s: cannot write '%s': %s; name a file that can be written", option, path,
		    strerror(err));
	return BENCH_EXIT_USAGE;
}

static void put_member(FILE *file, const char *separator, const char *name, const char *value)
{
	fprintf(file, "%s\"%s\": ", separator, name);
	vgr_json_string(file, value);
}

static void put_host(FILE *file, const struct bench_host *host)
{
	static const char separator[] = ",\n    ";

	put_member(file, "  \"host\": {\n    ", "cpu", host->cpu);
	fprintf(file, "%s\"cores\": %ld", separator, host->cores);
	put_member(file, separator, "kernel", host->kernel);
	put_member(file, separator, "compiler", host->compiler);
	put_member(file, separator, "flags", host->flags);
	put_member(file, separator, "commit", host->commit);
	put_member(file, separator, "date", host->date);
	fprintf(file, "\n  },\n");
}

/* Null where there is nothing to compare with. */
static void put_ratio(FILE *file, const char *name, const struct bench_interval *interval)
{
	fprintf(file, ", \"%s\": ", name);
	if (interval->value == 0) {
		fprintf(file, "null");
		return;
	}
	fprintf(file, "%.6g, \"%s_low\": %.6g, \"%s_high\": %.6g", interval->value, name,
		interval->low, name, interval->high);
}

static void put_series(FILE *file, const struct bench_series *series)
{
	put_member(file, "", "source", series->source->name);
	if (series->source->has_chacha)
		put_member(file, ", ", "chacha", bench_chacha_name(series->chacha));
	else
		fprintf(file, ", \"chacha\": null");
	put_member(file, ", ", "ran", series->ran);
}

static void put_results(FILE *file, const struct bench_run *run)
{
	static const char *const kinds[] = {
		[BENCH_GENERAL] = "general", [BENCH_RAW] = "raw", [BENCH_LIMIT] = "limit"
	};

	fprintf(file, "  \"results\": [");
	for (unsigned int i = 0; i < run->num_results; i++) {
		const struct bench_result *result = &run->results[i];

		fprintf(file, "%s\n    { ", i ? "," : "");
		put_series(file, result->series);
		put_member(file, ", ", "kind", kinds[result->series->source->kind]);
		fprintf(file, ", \"size\": %zu, \"threads\": %u, \"repeats\": %u", result->size,
			result->threads, result->repeats);
		fprintf(file, ", \"ns_per_call\": %.3f, \"ns_low\": %.3f, \"ns_high\": %.3f",
			result->ns.value, result->ns.low, result->ns.high);
		fprintf(file, ", \"ns_min\": %.3f, \"ns_spread\": %.3f", result->ns_min,
			result->ns_spread);
		fprintf(file, ", \"bytes_per_s\": %.0f",
			(double)result->size * result->threads / result->ns.value * 1e9);
		put_ratio(file, "ratio", &result->ratio);
		put_ratio(file, "default_ratio", &result->default_ratio);
		put_ratio(file, "scaling", &result->scaling);
		fprintf(file, ", \"best\": %s }", result->is_best ? "true" : "false");
	}
	fprintf(file, "%s],\n", run->num_results ? "\n  " : "");
}

static void put_figures(FILE *file, const struct bench_run *run)
{
	fprintf(file, "  \"figures\": [");
	for (unsigned int i = 0; i < run->num_figures; i++) {
		const struct bench_figure *figure = &run->figures[i];

		fprintf(file, "%s\n    { ", i ? "," : "");
		put_member(file, "", "measure", figure->measure);
		fprintf(file, ", ");
		put_series(file, figure->series);
		fprintf(file, ", \"size\": %zu, \"threads\": %u", figure->size, figure->threads);
		put_member(file, ", ", "name", figure->name);
		put_member(file, ", ", "unit", figure->unit);
		fprintf(file, ", \"value\": %.3f }", figure->value);
	}
	fprintf(file, "%s],\n", run->num_figures ? "\n  " : "");
}

static void put_failures(FILE *file, const struct bench_run *run)
{
	fprintf(file, "  \"not_measured\": [");
	for (unsigned int i = 0; i < run->num_failures; i++) {
		const struct bench_failure *failure = &run->failures[i];

		fprintf(file, "%s\n    { ", i ? "," : "");
		put_series(file, failure->series);
		put_member(file, ", ", "measure", failure->measure);
		put_member(file, ", ", "reason", failure->reason);
		fprintf(file, " }");
	}
	fprintf(file, "%s],\n", run->num_failures ? "\n  " : "");
}

static void put_number(FILE *file, const char *name, double value)
{
	if (value < 0)
		fprintf(file, "\"%s\": null, ", name);
	else
		fprintf(file, "\"%s\": %.3f, ", name, value);
}

static void put_noise(FILE *file, const struct bench_run *run)
{
	fprintf(file, "  \"noise\": { ");
	put_number(file, "steal_percent", run->noise.steal_percent);
	put_number(file, "drift_percent", run->noise.drift_percent);
	put_number(file, "load", run->noise.load);
	fprintf(file, "\"pinned\": %s },\n", bench_pin_is_on() ? "true" : "false");
	fprintf(file, "  \"timer\": { ");
	put_member(file, "", "clock", BENCH_TICKS_NAME);
	fprintf(file, ", \"ns_subtracted\": %.3f },\n", run->timer_ns);
}

static void put_missing(FILE *file, const struct bench_run *run)
{
	const struct bench_source *last = NULL;

	fprintf(file, "  \"missing\": [");
	for (unsigned int i = 0; i < run->num_series; i++) {
		const struct bench_series *series = &run->series[i];

		if (!series->missing || series->source == last)
			continue;
		fprintf(file, "%s\n    { ", last ? "," : "");
		put_member(file, "", "source", series->source->name);
		put_member(file, ", ", "reason", series->missing);
		fprintf(file, " }");
		last = series->source;
	}
	fprintf(file, "%s]\n", last ? "\n  " : "");
}

struct whole {
	const struct bench_run *run;
	const struct bench_host *host;
};

static void put_whole(FILE *file, const void *arg)
{
	const struct whole *whole = arg;

	put_member(file, "{\n  ", "command", whole->run->options->command);
	fprintf(file, ",\n");
	put_host(file, whole->host);
	put_noise(file, whole->run);
	put_results(file, whole->run);
	put_figures(file, whole->run);
	put_failures(file, whole->run);
	put_missing(file, whole->run);
	fprintf(file, "}\n");
}

int bench_json_write(const struct bench_run *run, const struct bench_host *host, const char *path)
{
	const struct whole whole = { run, host };
	int err = vgr_json_write(path, put_whole, &whole);

	if (!err)
		return 0;
	bench_error("cannot write '%s': %s; the results are only in the table above", path,
		    strerror(err));
	return BENCH_EXIT_FAILED;
}
