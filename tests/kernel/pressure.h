/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Memory pressure: processes that use up all memory there is, so that the kernel has to take
 * pages back from everybody else. For guests only.
 */
#ifndef VGK_PRESSURE_H
#define VGK_PRESSURE_H

#include <stdatomic.h>
#include <sys/types.h>

enum pressure_kind {
	/* A little more than there is, over and over: what others have goes to swap. Needs swap. */
	PRESSURE_SWAP,

	/*
	 * More and more until the kernel kills the process, and then again. Without swap, so that
	 * there is nothing to take back but what may be dropped. For whoever fills memory:
	 * oom_score_adj sees to it that nobody else is killed.
	 */
	PRESSURE_FILL,
};

struct pressure {
	enum pressure_kind kind;
	pid_t pid;

	/* How often PRESSURE_SWAP has used all of its memory. */
	atomic_uint *num_rounds;
};

void pressure_begin(struct pressure *pressure, enum pressure_kind kind);
void pressure_end(struct pressure *pressure);

#endif
