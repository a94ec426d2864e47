/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What can come between two instructions.
 */
#ifndef EXPLORE_FAULTS_H
#define EXPLORE_FAULTS_H

#include "explore.h"

/* The library gives a slot up after 8 calls that found it in use; the next ones use another. */
#define EXPLORE_BURST_CALLS 10

enum explore_fault {
	EXPLORE_WIPE,   /* the page of the state is dropped */
	EXPLORE_FORK,   /* this is now the child */
	EXPLORE_NESTED, /* a signal handler calls with the same state */
	EXPLORE_RESEED,
	EXPLORE_EINTR, /* the system call that comes now fails */
	EXPLORE_EAGAIN,
	EXPLORE_ENOSYS,
	EXPLORE_BURST, /* a handler makes so many calls that the first one counts as dead */
	EXPLORE_JUMP,  /* a handler jumps out of all calls; + n: out of all but the first n */
	EXPLORE_NUM_FAULTS = EXPLORE_JUMP + EXPLORE_DEPTH_MAX,
};

/* "wipe", "jump+1". NULL: none has this number. */
const char *explore_fault_name(unsigned int fault);

/* The number of the fault named @name, or EXPLORE_NUM_FAULTS. */
unsigned int explore_fault_find(const char *name, size_t name_len);

/* Whether @fault can come now. */
bool explore_fault_can_come(unsigned int fault);

/* @fault comes to explore_now. */
void explore_fault_come(unsigned int fault);

/* Whether a call may return -@error, after the faults of the set @failed. */
bool explore_fault_may_return(uint32_t failed, int error);

#endif
