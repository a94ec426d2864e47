// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* --list: what each source is, whether it survives a fork here, or why it is missing. */
#define _GNU_SOURCE
#include "report.h"

#include <string.h>

#include "measures/measure.h"
#include "terminal.h"

#define FORK_WIDTH 8

static const char *const survivals[] = {
	[BENCH_SURVIVES] = "yes",    [BENCH_CHILD_REPEATS] = "NO",  [BENCH_CHILD_FAILS] = "fails",
	[BENCH_CHILD_ENDS] = "ends", [BENCH_CHILD_HANGS] = "hangs",
};

static const char *fork_answer(const struct bench_series *series)
{
	enum bench_survival survival;

	if (series->missing || series->source->kind == BENCH_LIMIT)
		return "-";
	if (series->source->never_forks)
		return "unsafe";
	return bench_survive(series, &survival) ? "?" : survivals[survival];
}

static void print_series(const struct bench_series *series, int width, unsigned int columns)
{
	const char *remark = series->source->never_forks;
	char text[320];

	printf("%-*s  %-*s", width, series->source->name, FORK_WIDTH, fork_answer(series));
	if (series->missing)
		snprintf(text, sizeof(text), "%s; missing: %s", series->source->what,
			 series->missing);
	else
		snprintf(text, sizeof(text), "%s%s%s", series->source->what, remark ? "; " : "",
			 remark ? remark : "");
	vgr_terminal_print(stdout, text, (unsigned int)width + 2 + FORK_WIDTH, columns);
	printf("\n");
	fflush(stdout);
}

void bench_report_list(const struct bench_run *run)
{
	int width = bench_name_width(run);
	unsigned int columns = vgr_terminal_columns(stdout);

	printf("%-*s  %-*s%s\n", width, "source", FORK_WIDTH, "fork", "what it is");
	for (unsigned int i = 0; i < run->num_series; i++)
		if (i == 0 || run->series[i].source != run->series[i - 1].source)
			print_series(&run->series[i], width, columns);
	printf("\nfork: parent and child each made a call after a fork, here and now. yes: they got "
	       "different bytes;\nNO: the same; fails, ends, hangs: what the child's call, or the child, "
	       "does; unsafe: not tried.\nFor signals, threads and every instruction: vgetrandom-check.\n");
}
