// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Process-wide bookkeeping, see shared.h. Where memory cannot be wiped on fork a static variable
 * serves: then there are no states either, and all that is lost is that the counts of a child begin
 * with its parent's.
 */
#include "shared.h"

#include <vgetrandom/port.h>

#include "memory.h"

struct shared {
	bool prepared;
	struct vgetrandom_stats counts;
};

static struct shared fallback;
static struct shared *shared_page;

/* This process or one that it was forked from. */
static bool ever_prepared;

/*
 * Mapped by whoever needs it first. Two may come at once: who is first decides for both, and for
 * good. In a sandbox that was prepared for it is there.
 */
static struct shared *shared(void)
{
	struct shared *page = __atomic_load_n(&shared_page, __ATOMIC_ACQUIRE), *none = NULL;
	size_t len = vgr_page_len();
	void *mapped;

	if (page)
		return page;
	mapped = &fallback;
	if (vgr_map_wipe_on_fork(0, len, &mapped) != 0)
		mapped = &fallback;
	if (__atomic_compare_exchange_n(&shared_page, &none, (struct shared *)mapped, false,
					__ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
		return mapped;
	if (mapped != &fallback)
		vgr_port_munmap(mapped, len);
	return none;
}

void vgr_shared_set_prepared(void)
{
	__atomic_store_n(&shared()->prepared, true, __ATOMIC_RELAXED);
	/* Pairs with the acquire in vgr_shared_may_map(). */
	__atomic_store_n(&ever_prepared, true, __ATOMIC_RELEASE);
}

bool vgr_shared_may_map(void)
{
	return !__atomic_load_n(&ever_prepared, __ATOMIC_ACQUIRE) ||
	       __atomic_load_n(&shared()->prepared, __ATOMIC_RELAXED);
}

static void add(uint64_t *count, uint64_t n)
{
	__atomic_fetch_add(count, n, __ATOMIC_RELAXED);
}

void vgr_shared_count(enum vgr_fallback why, size_t bytes)
{
	struct vgetrandom_stats *counts = &shared()->counts;

	add(&counts->calls, 1);
	add(&counts->bytes, bytes);
	switch (why) {
	case VGR_FALLBACK_BUSY:
		add(&counts->fallback_busy, 1);
		break;
	case VGR_FALLBACK_NO_STATE:
		add(&counts->fallback_no_state, 1);
		break;
	case VGR_FALLBACK_REFRESH:
		add(&counts->fallback_refresh, 1);
		break;
	case VGR_FALLBACK_NONE:
		break;
	}
}

void vgr_shared_count_abandoned(void)
{
	add(&shared()->counts.states_abandoned, 1);
}

void vgr_shared_add_stats(struct vgetrandom_stats *stats)
{
	const struct vgetrandom_stats *c = &shared()->counts;

	stats->calls += __atomic_load_n(&c->calls, __ATOMIC_RELAXED);
	stats->bytes += __atomic_load_n(&c->bytes, __ATOMIC_RELAXED);
	stats->fallback_busy += __atomic_load_n(&c->fallback_busy, __ATOMIC_RELAXED);
	stats->fallback_no_state += __atomic_load_n(&c->fallback_no_state, __ATOMIC_RELAXED);
	stats->fallback_refresh += __atomic_load_n(&c->fallback_refresh, __ATOMIC_RELAXED);
	stats->states_abandoned += __atomic_load_n(&c->states_abandoned, __ATOMIC_RELAXED);
}
