/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Finds the last instruction of a stepped call that looks at the state.
 */
#ifndef VGR_CHECK_TRACE_H
#define VGR_CHECK_TRACE_H

#include "run.h"

/* If @run is to be traced and its target has a state that is known; else nothing is. */
void check_trace_start(const struct check_run *run);
bool check_is_traced(void);

/* At each boundary: a thread that had no state at the start of the call may have one by now. */
void check_trace_follow(void);

/* At each boundary: the next instruction is looked at. */
void check_trace_close(void);

/* For what is not the call's own: until the next boundary. */
void check_trace_open(void);

/* The page is as it was before. */
void check_trace_end(void);

/* step.c: how many boundaries were met. */
long check_step_num(void);

#endif
