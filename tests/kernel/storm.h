/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The random calls of storm.c, and what they are made with. */
#ifndef VGK_STORM_H
#define VGK_STORM_H

#include <stdbool.h>
#include <stddef.h>

#include "random.h"

#define STORM_NUM_MAPPINGS 16

struct storm {
	struct vgt_random random;
	int fd, zero_fd;
	bool may_lock; /* mlockall() */
	struct {
		unsigned char *p;
		size_t len;
	} mappings[STORM_NUM_MAPPINGS];
	unsigned char *buffer; /* two pages, and one that cannot be touched */
};

/* One call. */
void storm_call(struct storm *storm);

#endif
