// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The results as JSON.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "json-file.h"

int bench_json_check(const char *path)
{
	int err = vgr_json_check(path);

	if (!err)
		return 0;
	bench_error("--json: cannot write '%s': %s; name a file that can be written", path,
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

static void put_results(FILE *file, const struct bench_run *run)
{
	fprintf(file, "  \"results\": [");
	for (unsigned int i = 0; i < run->num_results; i++) {
		const struct bench_result *result = &run->results[i];
		const struct bench_series *series = result->series;

		fprintf(file, "%s\n    { ", i ? "," : "");
		put_member(file, "", "source", series->source->name);
		if (series->source->has_chacha)
			put_member(file, ", ", "chacha", bench_chacha_name(series->chacha));
		else
			fprintf(file, ", \"chacha\": null");
		fprintf(file, ", \"size\": %zu, \"threads\": %u, \"repeats\": %u", result->size,
			result->threads, run->options->repeats);
		fprintf(file, ", \"ns_per_call\": %.3f, \"ns_min\": %.3f, \"ns_spread\": %.3f",
			result->ns_median, result->ns_min, result->ns_spread);
		fprintf(file, ", \"bytes_per_s\": %.0f }",
			(double)result->size * result->threads / result->ns_median * 1e9);
	}
	fprintf(file, "\n  ],\n");
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

	fprintf(file, "{\n");
	put_host(file, whole->host);
	put_results(file, whole->run);
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
