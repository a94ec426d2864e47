// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The command line. Everything that is wrong with it is said before anything is
 * measured, in one line that also says what to do.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <vgetrandom/abi.h>

#include "inprocess.h"

#define SLICE_NS       5000000
#define REPEATS        31
#define SLICE_QUICK_NS 3000000
#define REPEATS_QUICK  BENCH_MIN_REPEATS

static const size_t default_sizes[] = { 4, 8, 16, 32, 64, 256, 1024, 4096, 65536, 1048576 };

static const char *const chacha_names[BENCH_NUM_CHACHA] = {
	[VGETRANDOM_CHACHA_GENERIC] = "generic",
	[VGETRANDOM_CHACHA_SSE2] = "sse2",
	[VGETRANDOM_CHACHA_AVX2] = "avx2",
	[VGETRANDOM_CHACHA_AVX512] = "avx512",
};

/* Above all characters, so that getopt's report of a short option cannot be mistaken. */
enum option_value {
	OPTION_JSON = 256,
	OPTION_SIZES,
	OPTION_SOURCES,
	OPTION_CHACHA,
	OPTION_THREADS,
	OPTION_REPEATS,
	OPTION_QUICK,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{ "json", required_argument, NULL, OPTION_JSON },
	{ "sizes", required_argument, NULL, OPTION_SIZES },
	{ "sources", required_argument, NULL, OPTION_SOURCES },
	{ "chacha", required_argument, NULL, OPTION_CHACHA },
	{ "threads", required_argument, NULL, OPTION_THREADS },
	{ "repeats", required_argument, NULL, OPTION_REPEATS },
	{ "quick", no_argument, NULL, OPTION_QUICK },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

const char *bench_chacha_name(uint32_t chacha)
{
	return chacha < BENCH_NUM_CHACHA ? chacha_names[chacha] : "unknown";
}

void bench_options_help(void)
{
	printf("usage: vgetrandom-bench [OPTION]...\n"
	       "Measures what a call for random bytes costs, by source and by size.\n\n"
	       "  --json FILE     also write the results to FILE, as JSON\n"
	       "  --sizes LIST    bytes a call, such as 4,32,65536\n"
	       "  --sources LIST  which sources, such as syscall,vdso (default: all)\n"
	       "  --chacha LIST   levels of our ChaCha20: generic, sse2, avx2, avx512\n"
	       "                  (default: the machine's best, %s)\n"
	       "  --threads LIST  how many at once, such as 1,2 (default: 1); ns are a thread's\n"
	       "  --repeats N     %d to %d (default: %d)\n"
	       "  --quick         short slices and %d repeats: some seconds in all\n"
	       "  --help          this text\n\n"
	       "LIST is separated by commas. The sources:\n",
	       bench_chacha_name(vgr_cpu_chacha_level()), BENCH_MIN_REPEATS, BENCH_MAX_REPEATS,
	       REPEATS, REPEATS_QUICK);
	for (unsigned int i = 0; i < bench_num_sources; i++)
		printf("  %-20s %s%s\n", bench_sources[i].name, bench_sources[i].what,
		       bench_sources[i].if_named ? " (only if named)" : "");
	printf("\nExit status: 0; 1 if a source failed or none is there; 2 for a wrong option.\n");
}

/* The whole of @text, which ends after @text_len, as a decimal number. */
static bool parse_number(const char *text, size_t text_len, unsigned long max,
			 unsigned long *number)
{
	*number = 0;
	for (size_t i = 0; i < text_len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		*number = *number * 10 + (unsigned long)(text[i] - '0');
		if (*number > max)
			return false;
	}
	return text_len > 0;
}

static int add_size(struct bench_options *options, const char *text, size_t text_len)
{
	unsigned long size;

	if (!parse_number(text, text_len, BENCH_MAX_BUF_LEN, &size) || size == 0) {
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
		bench_error("--sizes: more than %d; leave some out", BENCH_MAX_SIZES);
		return BENCH_EXIT_USAGE;
	}
	options->sizes[options->num_sizes++] = size;
	return 0;
}

static int add_source(struct bench_options *options, const char *name, size_t name_len)
{
	const struct bench_source *source = bench_source_by_name(name, name_len);

	if (!source) {
		bench_error("--sources: there is no source '%.*s'; --help lists them",
			    (int)name_len, name);
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

	if (!parse_number(text, text_len, BENCH_MAX_THREADS, &threads) || threads == 0) {
		bench_error("--threads: '%.*s' is not a number from 1 to %d", (int)text_len, text,
			    BENCH_MAX_THREADS);
		return BENCH_EXIT_USAGE;
	}
	if (options->num_threads == BENCH_MAX_SIZES) {
		bench_error("--threads: more than %d; leave some out", BENCH_MAX_SIZES);
		return BENCH_EXIT_USAGE;
	}
	options->threads[options->num_threads++] = (unsigned int)threads;
	return 0;
}

static bool find_chacha(const char *name, size_t name_len, uint32_t *chacha)
{
	for (uint32_t i = 0; i < BENCH_NUM_CHACHA; i++) {
		*chacha = i;
		if (strlen(chacha_names[i]) == name_len &&
		    memcmp(chacha_names[i], name, name_len) == 0)
			return true;
	}
	return false;
}

static int add_chacha(struct bench_options *options, const char *name, size_t name_len)
{
	uint32_t best = vgr_cpu_chacha_level();
	uint32_t chacha;

	if (!find_chacha(name, name_len, &chacha)) {
		bench_error("--chacha: there is no level '%.*s'; choose generic, sse2, avx2 "
			    "or avx512",
			    (int)name_len, name);
		return BENCH_EXIT_USAGE;
	}
	if (chacha > best) {
		bench_error("--chacha: this machine has no %s; choose %s or less",
			    chacha_names[chacha], chacha_names[best]);
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

static int parse_list(struct bench_options *options, const char *list,
		      int (*add)(struct bench_options *, const char *, size_t))
{
	for (;;) {
		size_t len = strcspn(list, ",");
		int err = add(options, list, len);

		if (err || !list[len])
			return err;
		list += len + 1;
	}
}

static int parse_repeats(struct bench_options *options, const char *text)
{
	unsigned long repeats;

	if (!parse_number(text, strlen(text), BENCH_MAX_REPEATS, &repeats) ||
	    repeats < BENCH_MIN_REPEATS) {
		bench_error("--repeats: '%s' is not a number from %d to %d", text,
			    BENCH_MIN_REPEATS, BENCH_MAX_REPEATS);
		return BENCH_EXIT_USAGE;
	}
	options->repeats = (unsigned int)repeats;
	return 0;
}

/* @answer is getopt_long()'s: ':' for a missing value, else '?'. */
static int refuse(int answer, char **argv)
{
	if (answer == ':')
		bench_error("option %s needs a value; see --help", argv[optind - 1]);
	else if (optopt > 0 && optopt < OPTION_JSON)
		bench_error("there is no option -%c; see --help", optopt);
	else if (optopt >= OPTION_JSON)
		bench_error("option %s takes no value; see --help", argv[optind - 1]);
	else
		bench_error("there is no option %s, or it is short for several; see --help",
			    argv[optind - 1]);
	return BENCH_EXIT_USAGE;
}

static int parse_option(struct bench_options *options, int option, char **argv)
{
	switch (option) {
	case OPTION_JSON:
		options->json_path = optarg;
		return 0;
	case OPTION_SIZES:
		options->num_sizes = 0;
		return parse_list(options, optarg, add_size);
	case OPTION_SOURCES:
		options->num_sources = 0;
		return parse_list(options, optarg, add_source);
	case OPTION_CHACHA:
		options->num_chacha = 0;
		return parse_list(options, optarg, add_chacha);
	case OPTION_THREADS:
		options->num_threads = 0;
		return parse_list(options, optarg, add_threads);
	case OPTION_REPEATS:
		return parse_repeats(options, optarg);
	case OPTION_QUICK:
		options->slice_ns = SLICE_QUICK_NS;
		return 0;
	case OPTION_HELP:
		options->help = true;
		return 0;
	default:
		return refuse(option, argv);
	}
}

static void set_defaults(struct bench_options *options)
{
	if (!options->slice_ns)
		options->slice_ns = SLICE_NS;
	if (!options->repeats)
		options->repeats = options->slice_ns == SLICE_NS ? REPEATS : REPEATS_QUICK;
	if (!options->num_sizes) {
		options->num_sizes = sizeof(default_sizes) / sizeof(default_sizes[0]);
		memcpy(options->sizes, default_sizes, sizeof(default_sizes));
	}
	if (!options->num_sources) {
		for (unsigned int i = 0; i < bench_num_sources; i++)
			if (!bench_sources[i].if_named)
				options->sources[options->num_sources++] = &bench_sources[i];
	}
	if (!options->num_threads)
		options->threads[options->num_threads++] = 1;
	if (!options->num_chacha)
		options->chacha[options->num_chacha++] = vgr_cpu_chacha_level();
}

int bench_options_parse(struct bench_options *options, int argc, char **argv)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		int err = parse_option(options, option, argv);

		if (err || options->help)
			return err;
	}
	if (optind < argc) {
		bench_error("unexpected argument '%s'; see --help", argv[optind]);
		return BENCH_EXIT_USAGE;
	}
	set_defaults(options);
	return options->json_path ? bench_json_check(options->json_path) : 0;
}
