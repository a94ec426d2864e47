/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The random calls of storm.c, and what they are made with. */
#ifndef VGK_STORM_H
#define VGK_STORM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "random.h"

/*
 * Of one thread. What the threads of a process share, the device's descriptor and the mappings, is
 * in storm-calls.c.
 */
struct storm {
	struct vgt_random random;
	int zero_fd;
	bool may_lock;         /* mlockall() */
	unsigned char *buffer; /* two pages, and one that cannot be touched */
};

/* How often states were allocated, in all processes: what shows that something was tested. */
extern atomic_size_t *storm_num_allocs;

/* Before any call of the process. Returns whether the device can be opened. */
bool storm_open(void);

/* One call. */
void storm_call(struct storm *storm);

#endif
