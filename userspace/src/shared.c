// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Process-wide bookkeeping, see shared.h. Where memory cannot be wiped on fork a static
 * variable serves: then there are no states either, and all that is lost is that the
 * counts of a child begin with its parent's.
 */
#include "shared.h"

#include <linux/random.h>
#include <stddef.h>
#include <vgetrandom/port.h>

#include "memory.h"

struct shared {
	int choosing;
	bool prepared;
	uint64_t fork_id;
	struct vgetrandom_stats counts;
};

static struct shared fallback;
static struct shared *shared_page;

/* This process or one that it was forked from. */
static bool ever_prepared;

static struct shared *shared(void)
{
	struct shared *page = __atomic_load_n(&shared_page, __ATOMIC_ACQUIRE);

	return page ? page : &fallback;
}

/*
 * Two may come here at once. Who is first decides for both, and for good: the second one's page
 * goes back, and if the first one got none, there will be none, or each would take another lock.
 */
static void map_shared_page(void)
{
	size_t len = vgr_page_len();
	struct shared *none = NULL;
	void *page;

	if (__atomic_load_n(&shared_page, __ATOMIC_RELAXED))
		return;
	if (vgr_map_wipe_on_fork(len, &page) != 0)
		page = &fallback;
	if (!__atomic_compare_exchange_n(&shared_page, &none, (struct shared *)page, false,
					 __ATOMIC_RELEASE, __ATOMIC_RELAXED) &&
	    page != &fallback)
		vgr_port_munmap(page, len);
}

bool vgr_shared_begin_choice(void)
{
	map_shared_page();
	return __atomic_exchange_n(&shared()->choosing, 1, __ATOMIC_ACQUIRE) == 0;
}

void vgr_shared_end_choice(void)
{
	__atomic_store_n(&shared()->choosing, 0, __ATOMIC_RELEASE);
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

/* Never waits for a kernel that is not ready: whether the caller may is in its flags. */
uint64_t vgr_shared_fork_id(void)
{
	struct shared *page = shared();
	uint64_t id = __atomic_load_n(&page->fork_id, __ATOMIC_RELAXED), none = 0;

	if (id || page == &fallback)
		return page == &fallback ? 0 : id;
	if (vgr_port_getrandom(&id, sizeof(id), GRND_NONBLOCK) != sizeof(id))
		return 0;
	/* Another thread may have been faster: then its name stands. */
	if (__atomic_compare_exchange_n(&page->fork_id, &none, id, false, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED))
		return id;
	return none;
}

bool vgr_shared_is_fork_id(uint64_t id)
{
	return __atomic_load_n(&shared()->fork_id, __ATOMIC_RELAXED) == id;
}

void vgr_shared_count(uint64_t calls, uint64_t bytes)
{
	add(&shared()->counts.calls, calls);
	add(&shared()->counts.bytes, bytes);
}

void vgr_shared_count_busy(void)
{
	add(&shared()->counts.fallback_busy, 1);
}

void vgr_shared_count_no_state(void)
{
	add(&shared()->counts.fallback_no_state, 1);
}

void vgr_shared_count_refresh(void)
{
	add(&shared()->counts.fallback_refresh, 1);
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
