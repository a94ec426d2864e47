// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgetrandom-bench compare: what became faster or slower from one run to another. Times are
 * compared as ratios to the system call of their own run, so that two runs of a machine that
 * changes its speed can be compared; a change counts if the intervals do not overlap. Instruction
 * counts are compared directly, with a tolerance.
 */
#define _GNU_SOURCE
#include "report.h"

#include <getopt.h>
#include <string.h>

#include "command-line.h"
#include "measures/measure.h"

/* Less is said of nothing, even if the noise allows to. */
#define TOLERANCE_PERCENT              5
#define TOLERANCE_INSTRUCTIONS_PERCENT 2

struct compare {
	struct bench_options sources; /* only its list of them */
	unsigned long tolerance_percent;
	bool help;
	const char *old_path, *new_path;
	unsigned int num_same, num_faster, num_slower, num_noisy;
};

/* How fast something was, more is faster. */
struct speed {
	double value, low, high;
	bool is_ratio;
};

static double number(const struct bench_json *object, const char *name)
{
	const struct bench_json *member = bench_json_member(object, name);

	return member && member->type == BENCH_JSON_NUMBER ? member->number : 0;
}

static const char *string(const struct bench_json *object, const char *name)
{
	const struct bench_json *member = bench_json_member(object, name);

	return member && member->type == BENCH_JSON_STRING ? member->string : "";
}

static bool is_same(const struct bench_json *a, const struct bench_json *b)
{
	static const char *const strings[] = { "source", "chacha", "measure", "name" };
	static const char *const numbers[] = { "size", "threads" };

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (strcmp(string(a, strings[i]), string(b, strings[i])) != 0)
			return false;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (number(a, numbers[i]) != number(b, numbers[i]))
			return false;
	return true;
}

static const struct bench_json *find_same(const struct bench_json *list,
					  const struct bench_json *row)
{
	const struct bench_json *other;

	for (other = list ? list->first : NULL; other; other = other->next)
		if (is_same(row, other))
			return other;
	return NULL;
}

static bool is_wanted(const struct compare *compare, const struct bench_json *row)
{
	for (unsigned int i = 0; i < compare->sources.num_sources; i++)
		if (strcmp(compare->sources.sources[i]->name, string(row, "source")) == 0)
			return true;
	return compare->sources.num_sources == 0;
}

static void print_change(const char *what, const struct bench_json *row, const char *unit,
			 double old, double new)
{
	const char *chacha = string(row, "chacha");

	printf("%s: %s%s%s, %.0f bytes", what, string(row, "source"), *chacha ? " " : "", chacha,
	       number(row, "size"));
	if (number(row, "threads") > 1)
		printf(", %.0f threads", number(row, "threads"));
	printf(": %.2f -> %.2f %s (%+.1f%%)\n", old, new, unit, 100 * (new / old - 1));
}

/* By the ratio if @with has the system call, too; the call itself by its time. */
static struct speed speed_of(const struct bench_json *row, bool by_ratio)
{
	struct speed speed = { .is_ratio = by_ratio };

	if (by_ratio) {
		speed.value = number(row, "ratio");
		speed.low = number(row, "ratio_low");
		speed.high = number(row, "ratio_high");
	} else if (number(row, "ns_high") > 0) {
		speed.value = 1 / number(row, "ns_per_call");
		speed.low = 1 / number(row, "ns_high");
		speed.high = 1 / number(row, "ns_low");
	}
	return speed;
}

static void compare_result(struct compare *compare, const struct bench_json *old,
			   const struct bench_json *new)
{
	bool by_ratio = number(old, "ratio_low") > 0 && number(new, "ratio_low") > 0;
	struct speed before = speed_of(old, by_ratio), after = speed_of(new, by_ratio);
	double factor = 1 + (double)compare->tolerance_percent / 100;
	const char *what;

	/* Against itself the system call is always the same. */
	if (strcmp(string(new, "source"), BENCH_NAME_SYSCALL) == 0)
		return;
	if (before.value == 0 || after.value == 0) {
		compare->num_noisy++;
		return;
	}
	if (after.low > before.high && after.value > before.value * factor) {
		compare->num_faster++;
		what = "faster";
	} else if (after.high < before.low && after.value * factor < before.value) {
		compare->num_slower++;
		what = "SLOWER";
	} else {
		compare->num_same++;
		return;
	}
	if (by_ratio)
		print_change(what, new, "times the system call", before.value, after.value);
	else
		print_change(what, new, "ns", 1 / before.value, 1 / after.value);
}

static void compare_figure(struct compare *compare, const struct bench_json *old,
			   const struct bench_json *new)
{
	double before = number(old, "value"), after = number(new, "value");
	double factor = 1 + TOLERANCE_INSTRUCTIONS_PERCENT / 100.0;

	if (strcmp(string(new, "measure"), "instructions") != 0)
		return;
	if (after > before * factor) {
		compare->num_slower++;
		print_change("SLOWER", new, "instructions", before, after);
	} else if (after * factor < before) {
		compare->num_faster++;
		print_change("faster", new, "instructions", before, after);
	} else {
		compare->num_same++;
	}
}

static void compare_lists(struct compare *compare, const struct bench_json *old,
			  const struct bench_json *new, const char *name,
			  void (*one)(struct compare *, const struct bench_json *,
				      const struct bench_json *))
{
	const struct bench_json *rows = bench_json_member(new, name), *row;

	for (row = rows ? rows->first : NULL; row; row = row->next) {
		const struct bench_json *before = find_same(bench_json_member(old, name), row);

		if (before && is_wanted(compare, row))
			one(compare, before, row);
	}
}

static int refuse(const char *problem, const char *what)
{
	bench_error("compare: %s%s; see compare --help", problem, what);
	return BENCH_EXIT_USAGE;
}

static void print_help(void)
{
	printf("usage: vgetrandom-bench compare [OPTION]... OLD.json NEW.json\n"
	       "Says what became faster or slower beyond noise from one run to the other: by the\n"
	       "speedup over the system call of the same run, if the intervals do not overlap.\n"
	       "Instruction counts are compared directly, with a tolerance of %d%%.\n\n"
	       "  --tolerance N   ignore changes up to N%% (default: %d)\n"
	       "  --sources LIST  only these sources\n"
	       "  --help          this text\n\n"
	       "Exit status: 0 on success, 1 if something became slower, 2 for a usage error.\n",
	       TOLERANCE_INSTRUCTIONS_PERCENT, TOLERANCE_PERCENT);
}

static int parse_tolerance(struct compare *compare, const char *text)
{
	if (vgr_parse_number(text, strlen(text), 1000, &compare->tolerance_percent))
		return 0;
	bench_error("compare: --tolerance: '%s' is not a number of percent from 0 to 1000", text);
	return BENCH_EXIT_USAGE;
}

static int parse(struct compare *compare, int argc, char **argv)
{
	static const struct option options[] = {
		{ "tolerance", required_argument, NULL, 't' },
		{ "sources", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option, err = 0;

	opterr = 0;
	/* The command's own name stands where getopt expects the program's. */
	while (!err && (option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == 'h')
			compare->help = true;
		else if (option == 't')
			err = parse_tolerance(compare, optarg);
		else if (option == 's')
			err = bench_parse_sources(&compare->sources, optarg);
		else
			err = refuse(option == ':' ? "needs a value: " : "unknown option ",
				     argv[optind - 1]);
	}
	if (err || compare->help)
		return err;
	if (argc - optind != 2)
		return refuse("wants two files, of an old and a new run", "");
	compare->old_path = argv[optind];
	compare->new_path = argv[optind + 1];
	return 0;
}

static const struct bench_json *read_run(const char *path)
{
	const char *failed;
	const struct bench_json *run = bench_json_read(path, &failed);

	if (!run)
		bench_error("compare: cannot read '%s': %s; name a file that --json wrote", path,
			    failed);
	else if (bench_json_member(run, "results"))
		return run;
	else
		bench_error("compare: '%s' has no results; name a file that --json wrote", path);
	return NULL;
}

/* The one line that most want; too noisy: one of the runs has no figure. */
static void print_verdict(const struct compare *compare)
{
	printf("%u the same within noise, %u faster, %u slower, %u without a figure\n",
	       compare->num_same, compare->num_faster, compare->num_slower, compare->num_noisy);
	if (compare->num_slower)
		printf("Something became slower: %u of %u.\n", compare->num_slower,
		       compare->num_same + compare->num_faster + compare->num_slower);
	else
		printf("Nothing became slower.\n");
}

int bench_compare_main(int argc, char **argv)
{
	static struct compare compare = { .tolerance_percent = TOLERANCE_PERCENT };
	const struct bench_json *old, *new;
	int err = parse(&compare, argc - 1, argv + 1);

	if (err)
		return err;
	if (compare.help) {
		print_help();
		return 0;
	}
	old = read_run(compare.old_path);
	new = old ? read_run(compare.new_path) : NULL;
	if (!new)
		return BENCH_EXIT_USAGE;
	compare_lists(&compare, old, new, "results", compare_result);
	compare_lists(&compare, old, new, "figures", compare_figure);
	if (compare.num_same + compare.num_faster + compare.num_slower + compare.num_noisy == 0)
		return refuse("the two runs have nothing in common to compare", "");
	print_verdict(&compare);
	return compare.num_slower ? BENCH_EXIT_FAILED : 0;
}
