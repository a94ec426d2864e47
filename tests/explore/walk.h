/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * One run: it goes on without faults to its end, and leaves a snapshot at each boundary where a
 * fault could come.
 */
#ifndef EXPLORE_WALK_H
#define EXPLORE_WALK_H

#include "schedule.h"

struct explore_walk {
	struct explore_totals *totals;

	/* The run under way. */
	bool is_over, is_emulated; /* the registers are in the emulator */
	bool touched;              /* more than registers and stack, since the last boundary */
	bool came_back;            /* a call returned since the last boundary */
	uint32_t steps, last_look;
	uint64_t last_pc;
	uint32_t from; /* the last configuration, and what leads from it to the next */
	unsigned int way;
	enum explore_kind kind;
	uint32_t size;

	/* Not explored, but run to the end. */
	void (*done)(int64_t result);
	bool (*until)(void);
	bool is_replay, fault_is_due;
	const struct explore_event *replay;
	unsigned int num_replay, replayed;
};

extern struct explore_walk explore_walk;

/* Nothing of an earlier run holds for the one that begins with explore_now. */
void explore_walk_begin(void);

/* @fault comes to it first. */
void explore_walk_come(unsigned int fault);

/* To the end of the run, or to where one that is equal came before. */
void explore_walk_go_on(void);

#endif
