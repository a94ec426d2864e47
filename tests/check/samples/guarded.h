/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A generator that is right if its mark is put back. The mark lies outside the memory that is
 * wiped, so a nested call never touches a state in use. The name of the fork lies inside: it is
 * compared again when the bytes are in the buffer.
 */
#ifndef VGR_SAMPLE_GUARDED_H
#define VGR_SAMPLE_GUARDED_H

#include "sample.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* In memory that is wiped on fork. */
struct guarded {
	struct sample sample;
	volatile uint64_t epoch; /* 0: wiped */
};

static SAMPLE_THREAD volatile sig_atomic_t guarded_busy;

static inline struct guarded *guarded_map(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise(p, 4096, MADV_WIPEONFORK) != 0)
		return NULL;
	return p;
}

/* Returns whether the bytes are good; the state may be wiped at any instruction of this. */
static inline int guarded_try(struct guarded *g, void *buf, size_t len)
{
	/* The name first: a fork from here on is noticed, one before it wipes what is there. */
	if (!g->sample.has_key || g->epoch != 1) {
		g->epoch = 1;
		if (sample_seed(&g->sample) != 0) {
			g->epoch = 0;
			g->sample.has_key = 0;
			return -1;
		}
	}
	sample_take(&g->sample, buf, len);
	__asm__ volatile("" ::: "memory");
	if (g->epoch == 1 && g->sample.has_key)
		return 1;
	memset(&g->sample, 0, sizeof(g->sample));
	g->epoch = 0;
	return 0;
}

/* @puts_back: whether the mark is put back after a failure. */
static inline ssize_t guarded_getrandom(struct guarded **where, void *buf, size_t len,
					unsigned int flags, int puts_back)
{
	int outcome = 0;

	if (guarded_busy)
		return sample_kernel(buf, len, flags);
	guarded_busy = 1;
	__asm__ volatile("" ::: "memory");
	if (!*where)
		*where = guarded_map();
	for (int i = 0; *where && outcome == 0 && i < 3; i++)
		outcome = guarded_try(*where, buf, len);
	__asm__ volatile("" ::: "memory");
	if (outcome > 0 || puts_back)
		guarded_busy = 0;
	return outcome > 0 ? (ssize_t)len : sample_kernel(buf, len, flags);
}

#endif
