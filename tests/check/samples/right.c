// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The same with the mark put back. Passes. */
#define _GNU_SOURCE
#include "guarded.h"

static SAMPLE_THREAD struct guarded *g;

ssize_t sample_getrandom(void *buf, size_t len, unsigned int flags)
{
	return guarded_getrandom(&g, buf, len, flags, 1);
}
