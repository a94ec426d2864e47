/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the state is before the call.
 */
#ifndef EXPLORE_STARTS_H
#define EXPLORE_STARTS_H

#include "explore.h"

#define EXPLORE_NAME_MAX 16

struct explore_start {
	char name[EXPLORE_NAME_MAX]; /* "empty", "fresh", "old", or "left-N": N bytes are unread */
	uint32_t position;           /* 0: empty */
	bool is_old;                 /* another generation */
};

#define EXPLORE_STARTS_MAX 32

/* All for calls for @size bytes: empty, fresh, old, and each position near the end of the batch. */
unsigned int explore_starts(uint32_t size, struct explore_start *starts);

/* The one named @name; false: none is. */
bool explore_start_find(const char *name, struct explore_start *start);

/* Makes explore_now and the memory what they are before the call. */
void explore_start_make(const struct explore_start *start, uint32_t level);

#endif
