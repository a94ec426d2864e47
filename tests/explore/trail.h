/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What came when: the faults of every run, each with the one before it; and what was found.
 */
#ifndef EXPLORE_TRAIL_H
#define EXPLORE_TRAIL_H

#include "judge.h"

#define EXPLORE_FINDINGS_MAX 100000

/* A fault at a boundary, counted from 0 over the whole run, calls of handlers included. */
struct explore_event {
	uint32_t before; /* number of the event before this + 1, or 0 */
	uint32_t step;
	uint32_t fault;
	uint64_t pc;
	uint32_t chacha_step; /* stores that ChaCha20 has made, if it is in it */
};

struct explore_finding {
	enum explore_kind kind;
	uint32_t trail; /* the last event + 1 */
	uint32_t phase; /* which call: 0 the one under test or one that interrupts it */
	uint64_t pc;    /* where it ended, of a crash or a hang */
	uint32_t num_faults;
};

extern struct explore_finding explore_findings[EXPLORE_FINDINGS_MAX];

void explore_trail_clear(void);

/* @fault comes now. */
void explore_trail_add(unsigned int fault);

/* Number @trail - 1; NULL of 0. */
const struct explore_event *explore_event(uint32_t trail);

/* @kind is wrong with the run that explore_now belongs to; the finding is number @num. */
void explore_finding_add(uint32_t num, enum explore_kind kind);

#endif
