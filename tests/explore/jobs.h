/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef EXPLORE_JOBS_H
#define EXPLORE_JOBS_H

#include "report.h"

/*
 * Explores each of @num results, whose size and start are set, in @options->jobs processes, and
 * fills in the rest. Returns false if one of them failed.
 */
bool explore_jobs(const struct explore_options *options, struct explore_result *results,
		  unsigned int num);

/* Memory that processes made later share. */
void *explore_shared(size_t len);

#endif
