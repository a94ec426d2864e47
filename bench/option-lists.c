// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Options whose value is a list: what stands between the commas.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <stdio.h>
#include <string.h>
#include <vgetrandom/abi.h>

#include "arch.h"
#include "command-line.h"
#include "inprocess.h"

static const char *const chacha_names[] = VGR_CHACHA_LEVEL_NAMES;

#define NUM_CHACHA (sizeof(chacha_names) / sizeof(chacha_names[0]))

_Static_assert(NUM_CHACHA <= BENCH_NUM_CHACHA, "a series each");

static const struct {
	const char *name;
	enum bench_measure measure;
} measures[] = {
	{ "calls", BENCH_CALLS },
	{ "latency", BENCH_LATENCY },
	{ "first", BENCH_FIRST },
	{ "fork", BENCH_FORK },
	{ "memory", BENCH_MEMORY },
	{ "drop", BENCH_DROP },
	{ "instructions", BENCH_INSTRUCTIONS },
	{ "cycles", BENCH_CYCLES },
};

const char *bench_chacha_name(uint32_t chacha)
{
	return chacha < NUM_CHACHA ? chacha_names[chacha] : "unknown";
}

static int add_size(struct bench_options *options, const char *text, size_t text_len)
{
	unsigned long size;

	if (!vgr_parse_number(text, text_len, BENCH_MAX_BUF_LEN, &size) || size == 0) {
		bench_error("--sizes: '%.*s' is not a number of bytes from 1 to %lu; "
			    "write for example --sizes 4,32,65536",
			    (int)text_len, text, BENCH_MAX_BUF_LEN);
		return BENCH_EXIT_USAGE;
	}
	for (unsigned int i = 0; i < options->num_sizes; i++) {
		if (options->sizes[i] == size) {
			bench_error("--sizes: %lu is there twice; leave one out", size);
			return BENCH_EXIT_USAGE;
		}
	}
	if (options->num_sizes == BENCH_MAX_SIZES) {
		bench_error("--sizes: at most %d sizes are allowed", BENCH_MAX_SIZES);
		return BENCH_EXIT_USAGE;
	}
	options->sizes[options->num_sizes++] = size;
	return 0;
}

static int add_source(struct bench_options *options, const char *name, size_t name_len)
{
	const struct bench_source *source = bench_source_by_name(name, name_len);

	if (!source) {
		bench_error("--sources: unknown source '%.*s'; --help lists them", (int)name_len,
			    name);
		return BENCH_EXIT_USAGE;
	}
	for (unsigned int i = 0; i < options->num_sources; i++) {
		if (options->sources[i] == source) {
			bench_error("--sources: %s is there twice; leave one out", source->name);
			return BENCH_EXIT_USAGE;
		}
	}
	options->sources[options->num_sources++] = source;
	return 0;
}

static int add_threads(struct bench_options *options, const char *text, size_t text_len)
{
	unsigned long threads;

	if (!vgr_parse_number(text, text_len, BENCH_MAX_THREADS, &threads) || threads == 0) {
		bench_error("--threads: '%.*s' is not a number from 1 to %d", (int)text_len, text,
			    BENCH_MAX_THREADS);
		return BENCH_EXIT_USAGE;
	}
	if (options->num_threads == BENCH_MAX_SIZES) {
		bench_error("--threads: at most %d numbers are allowed", BENCH_MAX_SIZES);
		return BENCH_EXIT_USAGE;
	}
	options->threads[options->num_threads++] = (unsigned int)threads;
	return 0;
}

static bool find_chacha(const char *name, size_t name_len, uint32_t *chacha)
{
	for (uint32_t i = 0; i < NUM_CHACHA; i++) {
		*chacha = i;
		if (strlen(chacha_names[i]) == name_len &&
		    memcmp(chacha_names[i], name, name_len) == 0)
			return true;
	}
	return false;
}

static int add_chacha(struct bench_options *options, const char *name, size_t name_len)
{
	uint32_t max = vgr_cpu_chacha_max();
	uint32_t chacha;

	if (!find_chacha(name, name_len, &chacha)) {
		bench_error("--chacha: unknown level '%.*s'; expected one of generic to %s",
			    (int)name_len, name, chacha_names[NUM_CHACHA - 1]);
		return BENCH_EXIT_USAGE;
	}
	if (chacha > max) {
		bench_error("--chacha: this machine has no %s; choose %s or less",
			    chacha_names[chacha], chacha_names[max]);
		return BENCH_EXIT_USAGE;
	}
	for (unsigned int i = 0; i < options->num_chacha; i++) {
		if (options->chacha[i] == chacha) {
			bench_error("--chacha: %s is there twice; leave one out",
				    chacha_names[chacha]);
			return BENCH_EXIT_USAGE;
		}
	}
	options->chacha[options->num_chacha++] = chacha;
	return 0;
}

static int add_measure(struct bench_options *options, const char *name, size_t name_len)
{
	for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++) {
		if (strlen(measures[i].name) != name_len ||
		    memcmp(measures[i].name, name, name_len) != 0)
			continue;
		if (options->measures & measures[i].measure) {
			bench_error("--measure: %s is there twice; leave one out",
				    measures[i].name);
			return BENCH_EXIT_USAGE;
		}
		options->measures |= measures[i].measure;
		return 0;
	}
	bench_error("--measure: unknown measure '%.*s'; expected calls, latency, first, fork, "
		    "memory, drop, instructions or cycles",
		    (int)name_len, name);
	return BENCH_EXIT_USAGE;
}

static int parse_list(struct bench_options *options, const char *list,
		      int (*add)(struct bench_options *, const char *, size_t))
{
	const char *item;
	size_t len;
	int err = 0;

	while (!err && (item = vgr_list_next(&list, &len)) != NULL)
		err = add(options, item, len);
	return err;
}

int bench_parse_sizes(struct bench_options *options, const char *list)
{
	options->num_sizes = 0;
	options->has_sizes = true;
	return parse_list(options, list, add_size);
}

int bench_parse_sources(struct bench_options *options, const char *list)
{
	options->num_sources = 0;
	return parse_list(options, list, add_source);
}

int bench_parse_chacha(struct bench_options *options, const char *list)
{
	options->num_chacha = 0;
	return parse_list(options, list, add_chacha);
}

int bench_parse_threads(struct bench_options *options, const char *list)
{
	options->num_threads = 0;
	return parse_list(options, list, add_threads);
}

int bench_parse_measures(struct bench_options *options, const char *list)
{
	options->measures = 0;
	return parse_list(options, list, add_measure);
}
