// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Keeps its state in droppable memory, which is right: a fork and memory pressure wipe it. But
 * it looks only once, at the beginning, whether it was wiped. Caught by: drop.
 */
#define _GNU_SOURCE
#include "sample.h"

#include <sys/mman.h>

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

static SAMPLE_THREAD struct sample *s;

ssize_t sample_getrandom(void *buf, size_t len, unsigned int flags)
{
	(void)flags;
	if (!s) {
		void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_DROPPABLE | MAP_ANONYMOUS,
			       -1, 0);

		if (p == MAP_FAILED)
			return sample_kernel(buf, len, 0);
		s = p;
	}
	if (!s->has_key && sample_seed(s) != 0)
		return -1;
	sample_take(s, buf, len);
	return (ssize_t)len;
}
