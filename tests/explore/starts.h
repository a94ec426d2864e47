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
	uint32_t position;           /* of the image: 0 is empty */
	bool is_old;                 /* of the image: another generation */
	uint32_t number;             /* other targets' own */
};

#define EXPLORE_STARTS_MAX 32

#endif
