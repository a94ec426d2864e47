/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Boundaries at which faults have still to come, the last one first.
 */
#ifndef EXPLORE_PENDING_H
#define EXPLORE_PENDING_H

#include "config.h"

struct explore_pending {
	struct explore_snapshot *snapshot;
	uint32_t node;      /* its configuration, graph.h */
	unsigned int fault; /* the next */
};

/* explore_now is one, and its configuration @node. */
void explore_pending_push(uint32_t node);

/* The last one, until the next push; NULL: there is none. */
struct explore_pending *explore_pending_last(void);
void explore_pending_pop(void);

#endif
