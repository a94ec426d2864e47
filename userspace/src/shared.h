/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The little that all threads share, in memory that is wiped on fork: who is choosing a provider,
 * and the counts of what is slow anyway. Fast paths never write here.
 */
#ifndef VGR_SHARED_H
#define VGR_SHARED_H

#include <stdbool.h>
#include <sys/types.h>
#include <vgetrandom/types.h>

/*
 * Begins and ends the choice of a provider. Begin returns false if somebody is at it.
 */
bool vgr_shared_begin_choice(void);
void vgr_shared_end_choice(void);

/*
 * The process was prepared for a sandbox. May it map memory for more states, should it need them
 * all the same? Not in a child: it is in its parent's sandbox, and has not the states that were
 * made for that. Until it is prepared in its turn.
 */
void vgr_shared_set_prepared(void);
bool vgr_shared_may_map(void);

/*
 * A random name for the time since the last fork: the child's differs from the parent's. 0 if
 * there is none to be had, because memory cannot be wiped on fork or getrandom(2) fails.
 */
uint64_t vgr_shared_fork_id(void);

/* Whether @id is still that name. */
bool vgr_shared_is_fork_id(uint64_t id);

/* @calls that delivered @bytes, and have no counters of their own. */
void vgr_shared_count(uint64_t calls, uint64_t bytes);

/* A reason for such a call. */
void vgr_shared_count_busy(void);
void vgr_shared_count_no_state(void);
void vgr_shared_count_refresh(void);

/* A state was given up. */
void vgr_shared_count_abandoned(void);

void vgr_shared_add_stats(struct vgetrandom_stats *stats);

#endif
