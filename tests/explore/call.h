/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Calls of the emulated process: begun, interrupted, left.
 */
#ifndef EXPLORE_CALL_H
#define EXPLORE_CALL_H

#include "explore.h"
#include "machine.h"

/* A call for @size bytes, in a handler that interrupts the call on top if there is one. */
void explore_call_begin(uint32_t size);

/* Any function, for what comes before the calls that are explored. */
void explore_call_begin_function(uint64_t entry, const uint64_t *args, unsigned int num_args);

/* The call on top is over, and the one that it interrupted goes on. */
void explore_call_end(void);

/* What the call on top does; noted for its tail. */
void explore_call_access(enum explore_access access);

/* Stack pointer and return address, at the entry of a function. */
void explore_call_set_return(uint64_t *regs, uint64_t sp);

/* Returns from the function that the call on top just entered, with nothing in scratch registers.
 */
void explore_call_return_early(void);

#endif
