/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The configurations that were met, and how each leads to others: by the next instruction, or by a
 * fault. From it the schedules are counted, each of which is a way through it.
 */
#ifndef EXPLORE_GRAPH_H
#define EXPLORE_GRAPH_H

#include "canon.h"
#include "faults.h"

/* Where ways end, and where they begin. */
#define EXPLORE_END  0u
#define EXPLORE_ROOT 1u

/* The next instruction, as a way from one configuration to the next. */
#define EXPLORE_STEP EXPLORE_NUM_FAULTS

void explore_graph_clear(void);

/* The configuration's number. *@is_known: it was met before with as many @faults_left, or more. */
uint32_t explore_graph_meet(const struct explore_canon *canon, unsigned int faults_left,
			    bool *is_known);

void explore_graph_connect(uint32_t from, unsigned int way, uint32_t to);

/* Without END and ROOT. */
uint32_t explore_graph_size(void);

/* Schedules of up to @num_faults faults. */
double explore_graph_count(unsigned int num_faults);

#endif
