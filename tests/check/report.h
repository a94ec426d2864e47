/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_CHECK_REPORT_H
#define VGR_CHECK_REPORT_H

#include "plan.h"

/* What is said of one fault, over all calls or in one. */
struct check_tally {
	size_t boundaries; /* of the calls */
	size_t injected, bad, tail, known, zeroed, left;
	size_t by_kind[CHECK_NUM_KINDS];
	size_t first, last; /* items that were bad */
};

void check_tally(const struct check_plan *plan, const struct check_sweep *sweep,
		 struct check_tally *tally);
bool check_is_bad(const struct check_result *result);

/* Of the boundaries of all calls, how many there are in each place, and how many are tried. */
void check_coverage(const struct check_plan *plan, size_t of[CHECK_NUM_PLACES],
		    size_t tried[CHECK_NUM_PLACES]);
extern const char *const check_place_names[CHECK_NUM_PLACES];

/* Where an address is: the name of the image and an offset, and the instruction if it can be had.
 */
void check_describe(uintptr_t ip, char *text, size_t text_size);

/* Prints everything and writes the JSON file; returns the exit status. */
int check_report(struct check_plan *plan);

/* report-json.c; returns 0 or CHECK_EXIT_UNSAFE. */
int check_report_json(const struct check_plan *plan);

#endif
