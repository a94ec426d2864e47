// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The command line. All errors are reported before anything is measured, in one line that
 * also says what to do.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command-line.h"
#include "inprocess.h"
#include "report/report.h"

/*
 * Slices are shorter than a scheduler time slice: on a busy machine a few of many are
 * disturbed, and the median is not.
 */
#define SLICE_NS       1000000
#define REPEATS        101
#define SLICE_ALL_NS   600000
#define REPEATS_ALL    101
#define SLICE_QUICK_NS 150000
#define REPEATS_QUICK  41

/* What the loop of calls may take, with the rounds that are added where the noise wants them. */
#define BUDGET_S       60
#define BUDGET_ALL_S   240
#define BUDGET_QUICK_S 15

/* Of longer calls one is longer than a slice, so there are fewer. */
#define LONG_LEN     1048576
#define LONG_DIVISOR 4

#define ALL_MEASURES                                                                          \
	(BENCH_CALLS | BENCH_LATENCY | BENCH_FIRST | BENCH_FORK | BENCH_MEMORY | BENCH_DROP | \
	 BENCH_INSTRUCTIONS | BENCH_CYCLES)

static const size_t default_sizes[] = { 4, 8, 16, 32, 64, 256, 1024, 4096, 65536, 1048576 };
static const size_t all_sizes[] = { 1,     2,     4,      8,       16,      32,
				    64,    128,   256,    512,     1024,    4096,
				    16384, 65536, 262144, 1048576, 4194304, 16777216 };

/* What several threads are measured at, unless sizes are asked for. */
static const size_t thread_sizes[] = { 32, 1024, 65536 };

enum option_value {
	OPTION_JSON = VGR_OPTION_FIRST,
	OPTION_CSV,
	OPTION_SIZES,
	OPTION_SOURCES,
	OPTION_CHACHA,
	OPTION_THREADS,
	OPTION_MEASURE,
	OPTION_REPEATS,
	OPTION_ALL,
	OPTION_QUICK,
	OPTION_FULL_TABLE,
	OPTION_LIST,
	OPTION_PIN,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "json", required_argument, NULL, OPTION_JSON },
	{ "csv", required_argument, NULL, OPTION_CSV },
	{ "sizes", required_argument, NULL, OPTION_SIZES },
	{ "sources", required_argument, NULL, OPTION_SOURCES },
	{ "chacha", required_argument, NULL, OPTION_CHACHA },
	{ "threads", required_argument, NULL, OPTION_THREADS },
	{ "measure", required_argument, NULL, OPTION_MEASURE },
	{ "repeats", required_argument, NULL, OPTION_REPEATS },
	{ "all", no_argument, NULL, OPTION_ALL },
	{ "quick", no_argument, NULL, OPTION_QUICK },
	{ "full-table", no_argument, NULL, OPTION_FULL_TABLE },
	{ "list", no_argument, NULL, OPTION_LIST },
	{ "pin", no_argument, NULL, OPTION_PIN },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

void bench_options_help(void)
{
	printf("usage: vgetrandom-bench [OPTION]...\n"
	       "       vgetrandom-bench compare OLD.json NEW.json\n"
	       "Measures what a call for random bytes costs, by source and by size; or says what\n"
	       "became faster or slower from one run to another (see compare --help).\n\n"
	       "  --all           every measure, 1 byte to 16 MiB, 1 thread to one per core,\n"
	       "                  each level of our ChaCha20: a few minutes\n"
	       "  --quick         an answer of one screen, in 20 seconds at most\n"
	       "  --full-table    with --quick: all sources and columns\n"
	       "  --json FILE     also write the results to FILE, as JSON\n"
	       "  --csv FILE      the same as CSV\n"
	       "  --sizes LIST    bytes per call, such as 4,32,65536\n"
	       "  --sources LIST  which sources, such as syscall,vdso (default: all)\n"
	       "  --chacha LIST   levels of our ChaCha20: generic, sse2, avx2, avx512, avx512vl; neon\n"
	       "                  (default: the machine's best, %s)\n"
	       "  --threads LIST  number of threads, such as 1,2 (default: 1); times are per thread\n"
	       "  --measure LIST  calls (the default), latency, first, fork, memory, drop,\n"
	       "                  instructions, cycles\n"
	       "  --repeats N     %d to %d, and no more where it is noisy (default: %d, and more)\n"
	       "  --pin           pin each thread to a CPU\n"
	       "  --list          what each source is, whether it survives a fork, what to install\n"
	       "  --help          show this help\n"
	       "  --version       show the version\n\n"
	       "LIST is comma-separated. The sources:\n",
	       bench_chacha_name(vgr_cpu_chacha_level()), BENCH_MIN_REPEATS, BENCH_MAX_REPEATS,
	       REPEATS);
	for (unsigned int i = 0; i < bench_num_sources; i++)
		printf("  %-20s %s%s\n", bench_sources[i].name, bench_sources[i].what,
		       bench_sources[i].if_named ? " (only if named)" : "");
	printf("\nExit status: 0 on success, 1 if a source failed or none is available, 2 for a usage error.\n");
}

static int parse_repeats(struct bench_options *options, const char *text)
{
	unsigned long repeats;

	if (!vgr_parse_number(text, strlen(text), BENCH_MAX_REPEATS, &repeats) ||
	    repeats < BENCH_MIN_REPEATS) {
		bench_error("--repeats: '%s' is not a number from %d to %d", text,
			    BENCH_MIN_REPEATS, BENCH_MAX_REPEATS);
		return BENCH_EXIT_USAGE;
	}
	options->repeats = (unsigned int)repeats;
	return 0;
}

static int refuse(int answer, char **argv)
{
	bench_error("%s", vgr_option_refusal(answer, argv));
	return BENCH_EXIT_USAGE;
}

static int parse_option(struct bench_options *options, int option, char **argv)
{
	switch (option) {
	case OPTION_JSON:
		options->json_path = optarg;
		return 0;
	case OPTION_CSV:
		options->csv_path = optarg;
		return 0;
	case OPTION_SIZES:
		return bench_parse_sizes(options, optarg);
	case OPTION_SOURCES:
		return bench_parse_sources(options, optarg);
	case OPTION_CHACHA:
		return bench_parse_chacha(options, optarg);
	case OPTION_THREADS:
		return bench_parse_threads(options, optarg);
	case OPTION_MEASURE:
		return bench_parse_measures(options, optarg);
	case OPTION_REPEATS:
		return parse_repeats(options, optarg);
	case OPTION_QUICK:
		options->quick = true;
		return 0;
	case OPTION_ALL:
		options->all = true;
		return 0;
	case OPTION_FULL_TABLE:
		options->full_table = true;
		return 0;
	case OPTION_LIST:
		options->list = true;
		return 0;
	case OPTION_PIN:
		options->pin = true;
		return 0;
	case OPTION_HELP:
		options->help = true;
		return 0;
	case OPTION_VERSION:
		options->version = true;
		return 0;
	default:
		return refuse(option, argv);
	}
}

static void set_default_sizes(struct bench_options *options)
{
	if (options->all) {
		options->num_sizes = sizeof(all_sizes) / sizeof(all_sizes[0]);
		memcpy(options->sizes, all_sizes, sizeof(all_sizes));
	} else {
		options->num_sizes = sizeof(default_sizes) / sizeof(default_sizes[0]);
		memcpy(options->sizes, default_sizes, sizeof(default_sizes));
	}
}

/* 1, 2, 4 and so on, and as many as there are cores. */
static void set_all_threads(struct bench_options *options)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	for (long threads = 1; threads < cores && threads < BENCH_MAX_THREADS; threads *= 2)
		options->threads[options->num_threads++] = (unsigned int)threads;
	options->threads[options->num_threads++] =
		(unsigned int)(cores < BENCH_MAX_THREADS ? cores : BENCH_MAX_THREADS);
}

/* Between them, --quick and --all leave the numbers to --quick. */
static void set_default_numbers(struct bench_options *options)
{
	unsigned int repeats = options->quick ? REPEATS_QUICK
			       : options->all ? REPEATS_ALL
					      : REPEATS;

	options->slice_ns = options->quick ? SLICE_QUICK_NS
			    : options->all ? SLICE_ALL_NS
					   : SLICE_NS;
	if (!options->repeats) {
		options->repeats = repeats;
		options->budget_ns = 1000000000LL * (options->quick ? BUDGET_QUICK_S
						     : options->all ? BUDGET_ALL_S
								    : BUDGET_S);
	}
	if (!options->measures)
		options->measures = options->all ? ALL_MEASURES : BENCH_CALLS;
}

static void set_defaults(struct bench_options *options)
{
	set_default_numbers(options);
	if (!options->num_sizes)
		set_default_sizes(options);
	if (!options->num_sources) {
		for (unsigned int i = 0; i < bench_num_sources; i++)
			if (!bench_sources[i].if_named)
				options->sources[options->num_sources++] = &bench_sources[i];
	}
	if (!options->num_threads && options->all)
		set_all_threads(options);
	if (!options->num_threads)
		options->threads[options->num_threads++] = 1;
	if (!options->num_chacha && options->all)
		for (uint32_t level = 0; level <= vgr_cpu_chacha_max(); level++)
			if (level != vgr_cpu_chacha_level())
				options->chacha[options->num_chacha++] = level;
	if (!options->num_chacha || options->all)
		options->chacha[options->num_chacha++] = vgr_cpu_chacha_level();
}

bool bench_options_is_brief(const struct bench_options *options)
{
	return options->quick && !options->all && !options->full_table &&
	       options->measures == BENCH_CALLS && options->num_threads == 1;
}

unsigned int bench_options_repeats(const struct bench_options *options, size_t size)
{
	unsigned int fewer = options->repeats / LONG_DIVISOR;

	if (size <= LONG_LEN)
		return options->repeats;
	return fewer < BENCH_MIN_REPEATS ? BENCH_MIN_REPEATS : fewer;
}

bool bench_options_want(const struct bench_options *options, size_t size, unsigned int threads)
{
	if (threads == 1 || options->has_sizes)
		return true;
	for (size_t i = 0; i < sizeof(thread_sizes) / sizeof(thread_sizes[0]); i++)
		if (thread_sizes[i] == size)
			return true;
	return false;
}

/* For who reads the results later. Where files are kept is private. */
static void keep_command(struct bench_options *options, int argc, char **argv)
{
	size_t room = sizeof(options->command), len;

	snprintf(options->command, room, "vgetrandom-bench");
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--j", 3) == 0 || strncmp(argv[i], "--cs", 4) == 0) {
			i += !strchr(argv[i], '=');
			continue;
		}
		len = strlen(options->command);
		snprintf(options->command + len, room - len, " %s", argv[i]);
	}
}

int bench_options_parse(struct bench_options *options, int argc, char **argv)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		int err = parse_option(options, option, argv);

		if (err || options->help || options->version)
			return err;
	}
	if (optind < argc) {
		bench_error("unexpected argument '%s'; see --help", argv[optind]);
		return BENCH_EXIT_USAGE;
	}
	set_defaults(options);
	keep_command(options, argc, argv);
	if (options->json_path && bench_output_check("--json", options->json_path) != 0)
		return BENCH_EXIT_USAGE;
	if (options->csv_path && bench_output_check("--csv", options->csv_path) != 0)
		return BENCH_EXIT_USAGE;
	return 0;
}
