/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * How results leave the program, and how they come back to be compared.
 */
#ifndef VGR_BENCH_REPORT_H
#define VGR_BENCH_REPORT_H

#include <stdio.h>

#include "bench.h"

/* Where and with what it ran; nothing that names the machine or its owner. */
struct bench_host {
	char cpu[128];
	long cores;
	char kernel[160];
	const char *compiler;
	const char *flags;
	const char *commit;
	char date[32];
};

void bench_host_get(struct bench_host *host);

/*
 * The table on stdout: a head, a block for each size and number of threads, a block for each other
 * measure, and an end that says who won, what is missing and how quiet it was.
 */
void bench_report_head(const struct bench_run *run, const struct bench_host *host);
void bench_report_calls(const struct bench_run *run);
void bench_report_figures(const struct bench_run *run, const char *measure);
void bench_report_end(const struct bench_run *run);

/* list.c: instead of all that what the sources are. Some take a while to hang. */
void bench_report_list(const struct bench_run *run);

/* brief.c: instead of all that the answer on one screen. */
void bench_report_brief(const struct bench_run *run, const struct bench_host *host);

/* As wide as the longest name, so that a new source needs no change here. */
int bench_name_width(const struct bench_run *run);

/* The level of ChaCha20, or "-". */
const char *bench_series_chacha(const struct bench_series *series);

/* The result of this series, size and number of threads, or NULL. */
const struct bench_result *bench_find_result(const struct bench_run *run, size_t size,
					     unsigned int threads,
					     const struct bench_series *series);

/*
 * Whether the file could be written; @option is for the message.
 *
 * Returns 0, or BENCH_EXIT_USAGE after a line on stderr.
 */
int bench_output_check(const char *option, const char *path);

/*
 * Writes everything to @path at once: a reader never sees half of it.
 *
 * Returns 0, or BENCH_EXIT_FAILED after a line on stderr; then @path is as it was.
 */
int bench_json_write(const struct bench_run *run, const struct bench_host *host, const char *path);
int bench_csv_write(const struct bench_run *run, const char *path);

/*
 * vgetrandom-bench compare OLD NEW: returns 0, 1 if something became slower, 2 for a usage error.
 */
int bench_compare_main(int argc, char **argv);

/* A JSON value. Members and elements are a list; a member has a name. */
struct bench_json {
	enum {
		BENCH_JSON_NULL,
		BENCH_JSON_TRUE,
		BENCH_JSON_FALSE,
		BENCH_JSON_NUMBER,
		BENCH_JSON_STRING,
		BENCH_JSON_ARRAY,
		BENCH_JSON_OBJECT
	} type;
	char *name;
	char *string;
	double number;
	struct bench_json *first;
	struct bench_json *next;
};

/*
 * The value in the file at @path, never freed; NULL, and a sentence in @failed, if there is none.
 */
const struct bench_json *bench_json_read(const char *path, const char **failed);

/* The member of this name, or NULL. */
const struct bench_json *bench_json_member(const struct bench_json *object, const char *name);

#endif
