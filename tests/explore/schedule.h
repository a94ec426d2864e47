/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Every schedule: which faults come, and at which boundaries.
 */
#ifndef EXPLORE_SCHEDULE_H
#define EXPLORE_SCHEDULE_H

#include "machine.h"
#include "trail.h"

#define EXPLORE_FAULTS_MAX 8

struct explore_totals {
	double schedules;
	unsigned long runs; /* that were emulated from a fault on */
	uint32_t configs;
	uint32_t boundaries; /* of the undisturbed call, and those of it that are the tail */
	uint32_t tail;
	uint32_t num_findings; /* those of known limitations, too */
	uint32_t num_bad;
	bool is_closed; /* with any number of faults */
};

struct explore_limits {
	unsigned int num_faults;
	bool merges;      /* what is equal is tried once */
	bool stops_first; /* at the first finding */

	/*
	 * Faults come only behind what touches more than registers and stack: any other instruction
	 * does the same before the fault as after it, so the boundaries around it are one.
	 */
	bool skips_private;
	bool closes;     /* any number of faults, in any number of calls */
	uint32_t depth;  /* calls that interrupt each other */
	uint32_t faults; /* bit n: fault n is tried */
};

extern const struct explore_events explore_schedule_events;
extern struct explore_limits explore_limits;

/* All schedules of calls for @size bytes, on the state that lies there now. */
void explore_schedules(uint32_t size, struct explore_totals *totals);

/* One, of @num_events of which step and fault are given; what is wrong with it. */
enum explore_kind explore_replay(uint32_t size, const struct explore_event *events,
				 unsigned int num_events);

/* Runs explore_now to the end of its calls, without faults; @done for each with its result. */
void explore_run_undisturbed(void (*done)(int64_t result));

/* The same until @is_enough() says so, after an instruction. */
void explore_run_until(bool (*is_enough)(void));

#endif
