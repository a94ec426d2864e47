// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The results as CSV (RFC 4180): a line for each figure, one head for all measures.
 */
#define _GNU_SOURCE
#include "report.h"

#include <string.h>

#include "json-file.h"
#include "measures/measure.h"

static void put_ratio(FILE *file, const struct bench_interval *interval)
{
	if (interval->value == 0)
		fprintf(file, ",,,");
	else
		fprintf(file, ",%.6g,%.6g,%.6g", interval->value, interval->low, interval->high);
}

static void put_series(FILE *file, const char *measure, const struct bench_series *series)
{
	fprintf(file, "%s,%s,%s", measure, series->source->name,
		series->source->has_chacha ? bench_chacha_name(series->chacha) : "");
}

static void put_csv(FILE *file, const void *arg)
{
	const struct bench_run *run = arg;

	fprintf(file, "measure,source,chacha,size,threads,name,unit,value,low,high,min,spread,"
		      "ratio,ratio_low,ratio_high,scaling,scaling_low,scaling_high\r\n");
	for (unsigned int i = 0; i < run->num_results; i++) {
		const struct bench_result *result = &run->results[i];

		put_series(file, "calls", result->series);
		fprintf(file, ",%zu,%u,median,ns,%.3f,%.3f,%.3f,%.3f,%.3f", result->size,
			result->threads, result->ns.value, result->ns.low, result->ns.high,
			result->ns_min, result->ns_spread);
		put_ratio(file, &result->ratio);
		put_ratio(file, &result->scaling);
		fprintf(file, "\r\n");
	}
	for (unsigned int i = 0; i < run->num_figures; i++) {
		const struct bench_figure *figure = &run->figures[i];

		put_series(file, figure->measure, figure->series);
		fprintf(file, ",%zu,%u,%s,%s,%.3f,,,,,,,,,,\r\n", figure->size, figure->threads,
			figure->name, figure->unit, figure->value);
	}
}

int bench_csv_write(const struct bench_run *run, const char *path)
{
	int err = vgr_json_write(path, put_csv, run);

	if (!err)
		return 0;
	bench_error("cannot write '%s': %s; the results are only in the table above", path,
		    strerror(err));
	return BENCH_EXIT_FAILED;
}
