// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* vgetrandom-check: reads the options, prepares the target, runs the command, reports. */
#define _GNU_SOURCE
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "options.h"
#include "plan.h"
#include "report.h"
#include "scenarios.h"

void check_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "vgetrandom-check: ");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

static int is_not_possible(const struct check_options *options, const char *reason)
{
	printf("skipped: %s: %s\n", options->target_name, reason);
	return CHECK_EXIT_SKIPPED;
}

static int step(const struct check_options *options)
{
	static struct check_plan plan;
	const char *reason;

	if (!check_can_intercept())
		check_error("no seccomp filters here: the faults fail-* are left out, and nobody "
			    "looks whether the fast path comes back");
	reason = check_plan_make(&plan, options);
	if (reason)
		return is_not_possible(options, reason);
	check_plan_run(&plan);
	check_plan_find_tails(&plan);
	return check_report(&plan);
}

/* An exit status. */
static int is_printed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	check_error("cannot write to the standard output");
	return CHECK_EXIT_UNSAFE;
}

/* Output for a statistical test; those show nothing of what this program looks for. */
static int draw(const struct check_options *options)
{
	static uint8_t buf[CHECK_SIZE_MAX];
	size_t max = check_target_size_max();

	for (unsigned long left = options->bytes; left;) {
		size_t len = left < max ? left : max;

		if (!check_target_succeeded(check_target_draw(buf, len), len)) {
			check_error("%s fails", options->target_name);
			return CHECK_EXIT_UNSAFE;
		}
		if (fwrite(buf, 1, len, stdout) != len)
			return CHECK_EXIT_UNSAFE;
		left -= len;
	}
	return is_printed();
}

int main(int argc, char **argv)
{
	static struct check_options options;
	const char *missing;
	int err = check_options_parse(&options, argc, argv);

	if (err)
		return err;
	if (options.help) {
		check_options_help();
		return is_printed();
	}
	if (options.version) {
		puts("vgetrandom-check " CHECK_VERSION);
		return is_printed();
	}
	missing = options.target->takes_argument ? NULL : options.target->init(NULL);
	if (missing)
		return is_not_possible(&options, missing);
	/* Children write, too: nothing may be left in the buffer that they would write again. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	switch (options.command) {
	case CHECK_STEP:
		return step(&options);
	case CHECK_SCENARIOS:
		return check_scenarios(&options);
	default:
		return draw(&options);
	}
}
