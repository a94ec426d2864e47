// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Safe against nested calls by a mark, and against forks by not being used in a child. But
 * the mark that it finds when it fails to get a key stays set: from then on every call is a
 * system call. Caught by: fail-eintr (the fast path does not come back).
 */
#define _GNU_SOURCE
#include "guarded.h"

static SAMPLE_THREAD struct guarded *g;

ssize_t sample_getrandom(void *buf, size_t len, unsigned int flags)
{
	return guarded_getrandom(&g, buf, len, flags, 0);
}
