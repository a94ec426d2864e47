// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* vgetrandom-explore: reads the options and the image, explores, reports. See README.md. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs.h"
#include "machine.h"
#include "options.h"
#include "report.h"
#include "target.h"
#include "words.h"

#define RED_ZONE 128

static void say(const char *format, va_list args)
{
	fprintf(stderr, "vgetrandom-explore: ");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void explore_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

void explore_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(EXPLORE_EXIT_UNSAFE);
}

static void open_image(const struct explore_options *options)
{
	static struct explore_image image;
	const char *wrong;

	explore_target = options->target;
	wrong = explore_target->load(&image, options->image);

	if (!wrong && !explore_arch_find(image.machine))
		wrong = "is for an architecture that the explorer does not know";
	if (wrong) {
		explore_error("'%s' %s", options->image ? options->image : "the kernel's vDSO",
			      wrong);
		exit(EXPLORE_EXIT_USAGE);
	}
	explore_machine_open(&image, &explore_schedule_events);
	explore_machine.red_zone = explore_has_red_zone() ? RED_ZONE : 0;
	explore_target->open(options->level);
	explore_limits = options->limits;
}

static unsigned int plan(const struct explore_options *options, struct explore_result *results)
{
	unsigned int num = 0;

	for (unsigned int i = 0; i < options->num_sizes; i++) {
		struct explore_start starts[EXPLORE_STARTS_MAX];
		unsigned int num_starts = explore_target->starts(options->sizes[i], starts);

		if (options->start) {
			explore_target->find_start(options->start, &starts[0]);
			num_starts = 1;
		}
		for (unsigned int j = 0; j < num_starts; j++, num++) {
			results[num].size = options->sizes[i];
			results[num].start = starts[j];
		}
	}
	return num;
}

static int replay(const struct explore_options *options)
{
	struct explore_start start;
	enum explore_kind kind;

	explore_target->find_start(options->start, &start);
	explore_words_init(0);
	explore_target->make_start(&start, options->level);
	kind = explore_replay(options->sizes[0], options->replay, options->num_replay);
	printf("%s\n", explore_kind_names[kind]);
	return kind ? EXPLORE_EXIT_UNSAFE : EXPLORE_EXIT_SAFE;
}

static int report(const struct explore_options *options, const struct explore_result *results,
		  unsigned int num)
{
	double schedules = 0, configs = 0;
	unsigned long bad = 0, known = 0;

	for (unsigned int i = 0; i < num; i++) {
		schedules += results[i].totals.schedules;
		configs += results[i].totals.configs;
		bad += results[i].num_bad;
		known += results[i].num_known;
		explore_report_findings(&results[i]);
	}
	if (options->limits.closes)
		printf("\nany number of faults: %.0f configurations, %lu known, %lu bad\n", configs,
		       known, bad);
	else
		printf("\nup to %u faults: %.0f schedules, %.0f configurations, %lu known, %lu bad\n",
		       options->limits.num_faults, schedules, configs, known, bad);
	if (options->json_path) {
		int err = explore_report_json(options, results, num);

		if (err)
			explore_die("cannot write '%s': %s", options->json_path, strerror(err));
	}
	return bad ? EXPLORE_EXIT_UNSAFE : EXPLORE_EXIT_SAFE;
}

static int explore(const struct explore_options *options)
{
	struct explore_result *results = explore_shared(EXPLORE_SIZES_MAX * EXPLORE_STARTS_MAX *
							sizeof(struct explore_result));
	unsigned int num = plan(options, results);

	explore_report_head();
	if (!explore_jobs(options, results, num))
		explore_die("a process did not finish: nothing was shown");
	return report(options, results, num);
}

int main(int argc, char **argv)
{
	static struct explore_options options;
	int err = explore_options_parse(&options, argc, argv), status = 0;

	if (err)
		return err;
	if (options.help) {
		explore_options_help();
	} else if (options.version) {
		puts("vgetrandom-explore " EXPLORE_VERSION);
	} else {
		open_image(&options);
		status = options.is_replay ? replay(&options) : explore(&options);
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		explore_die("cannot write to the standard output");
	return status;
}
