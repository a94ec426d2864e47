// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * main() of each Criterion program. Criterion's own says nothing of tests that were skipped:
 * a program of which each test was skipped "passed". This one names them, with the reasons,
 * as tests that are no Criterion programs do, and if nothing else was run its exit status is 77.
 *
 * The report hook runs in the process that runs the tests, after the last one.
 */
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <stdio.h>

#define EXIT_SKIPPED 77

static size_t num_run, num_skipped;

/* In the format that tests/junit.awk looks for. */
static void count(const struct criterion_test_stats *stats)
{
	/* Left out by --filter: nobody expected it to run. */
	if (stats->test->data->disabled)
		return;
	if (stats->test_status != CR_STATUS_SKIPPED) {
		num_run++;
		return;
	}
	num_skipped++;
	printf("skipped: %s::%s: %s\n", stats->test->category, stats->test->name,
	       stats->message ? stats->message : "no reason given");
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
	for (const struct criterion_suite_stats *suite = stats->suites; suite; suite = suite->next)
		for (const struct criterion_test_stats *test = suite->tests; test;
		     test = test->next)
			count(test);
}

int main(int argc, char **argv)
{
	struct criterion_test_set *tests = criterion_initialize();
	int status = 0;

	if (criterion_handle_args(argc, argv, true))
		status = !criterion_run_all_tests(tests);
	criterion_finalize(tests);
	if (status == 0 && num_skipped > 0 && num_run == 0)
		status = EXIT_SKIPPED;
	return status;
}
