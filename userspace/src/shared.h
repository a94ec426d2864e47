/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The little that all threads share, in memory that is wiped on fork: whether the process was
 * prepared, and the counts of what is slow anyway. Fast paths never come here.
 */
#ifndef VGR_SHARED_H
#define VGR_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <vgetrandom/types.h>

/*
 * The process was prepared for a sandbox. May it make system calls for its states' memory, should
 * it need them all the same? Not in a child: it is in its parent's sandbox. Until it is prepared in
 * its turn.
 */
void vgr_shared_set_prepared(void);
bool vgr_shared_may_map(void);

/* Why a call was a system call. */
enum vgr_fallback {
	VGR_FALLBACK_NONE, /* the provider is the system call, or the flags wanted it */
	VGR_FALLBACK_BUSY,
	VGR_FALLBACK_NO_STATE,
	VGR_FALLBACK_REFRESH,
};

/* A system call that delivered @bytes. */
void vgr_shared_count(enum vgr_fallback why, size_t bytes);

/* A slot was given up. */
void vgr_shared_count_abandoned(void);

void vgr_shared_add_stats(struct vgetrandom_stats *stats);

#endif
