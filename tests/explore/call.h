/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Calls of the emulated process: begun, interrupted, left; and the one system call they make.
 */
#ifndef EXPLORE_CALL_H
#define EXPLORE_CALL_H

#include "explore.h"
#include "machine.h"

/* A call for @size bytes, in a handler that interrupts the call on top if there is one. */
void explore_call_begin(uint32_t size);

/* The call on top is over, and the one that it interrupted goes on. */
void explore_call_end(void);

/* What the call on top does; noted for its tail. */
void explore_call_access(enum explore_access access);

/* Stack pointer and return address, at the entry of a function. */
void explore_call_set_return(uint64_t *regs, uint64_t sp);

/* Returns from the function that the call on top just entered, with nothing in scratch registers.
 */
void explore_call_return_early(void);

/* Whether the call on top is about to make a system call. */
bool explore_call_is_syscall(uint64_t pc);

/*
 * The next step of getrandom(2): begins, or fails; each eight bytes are copied, between which
 * memory may be dropped, but no signal comes; then it returns.
 */
void explore_call_syscall_step(void);

#endif
