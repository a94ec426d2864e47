// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Depth first: a run goes on without faults to its end (walk.h). The last snapshot that it left is
 * put back, one fault comes, and that run goes on in its turn. What was met before with as many
 * faults to come is not gone into again.
 */
#include "schedule.h"

#include <string.h>

#include "call.h"
#include "canon.h"
#include "config.h"
#include "faults.h"
#include "graph.h"
#include "pending.h"
#include "trail.h"
#include "walk.h"

struct explore_limits explore_limits;

/* The next fault of the last snapshot. */
static void branch(void)
{
	struct explore_pending *pending = explore_pending_last();
	unsigned int fault = pending->fault++;

	if (fault == EXPLORE_NUM_FAULTS) {
		explore_pending_pop();
		return;
	}
	if (!(explore_limits.faults >> fault & 1))
		return;
	explore_walk_begin();
	explore_snapshot_put_back(pending->snapshot);
	if (!explore_fault_can_come(fault) ||
	    (fault == EXPLORE_NESTED && explore_now.num_calls >= explore_limits.depth))
		return;
	explore_walk.totals->runs++;
	explore_walk.from = pending->node;
	explore_walk.way = fault;
	if (explore_limits.merges)
		explore_graph_connect(explore_walk.from, explore_walk.way, EXPLORE_END);
	if (!explore_limits.closes)
		explore_now.faults_left--;
	explore_walk_come(fault);
	explore_walk_go_on();
}

static bool is_enough(void)
{
	return explore_limits.stops_first && explore_walk.totals->num_bad;
}

static void explore_up_to(const struct explore_snapshot *start, unsigned int num_faults)
{
	explore_graph_clear();
	explore_canon_clear();
	explore_trail_clear();
	explore_walk.totals->schedules = 0;
	explore_walk.totals->num_findings = 0;
	explore_walk.totals->runs = 0;
	explore_snapshot_put_back(start);
	explore_now.step = 0;
	explore_now.faults_left = explore_limits.closes ? 1 : num_faults;
	explore_call_begin(explore_walk.size);
	explore_walk.from = EXPLORE_ROOT;
	explore_walk.way = EXPLORE_STEP;
	explore_walk_begin();
	explore_walk_go_on();
	while (explore_pending_last() && !is_enough())
		branch();
	while (explore_pending_last())
		explore_pending_pop();
	explore_walk.totals->configs = explore_graph_size();
	if (explore_limits.merges && !explore_limits.closes && !is_enough())
		explore_walk.totals->schedules = explore_graph_count(num_faults);
}

void explore_schedules(uint32_t size, struct explore_totals *totals)
{
	struct explore_snapshot *start = explore_snapshot_take();
	unsigned int k = explore_limits.closes ? explore_limits.num_faults : 0;

	memset(totals, 0, sizeof(*totals));
	explore_walk.totals = totals;
	explore_walk.size = size;
	explore_walk.is_replay = false;
	for (; k <= explore_limits.num_faults && !totals->num_bad; k++)
		explore_up_to(start, k);
	totals->is_closed = explore_limits.closes && !totals->num_bad;
	explore_snapshot_free(start);
}

enum explore_kind explore_replay(uint32_t size, const struct explore_event *events,
				 unsigned int num_events)
{
	static struct explore_totals totals;

	explore_walk.totals = &totals;
	explore_walk.size = size;
	explore_walk.is_replay = true;
	explore_walk.replay = events;
	explore_walk.num_replay = num_events;
	explore_walk.replayed = 0;
	explore_trail_clear();
	explore_now.step = 0;
	explore_call_begin(size);
	explore_walk_begin();
	explore_walk_go_on();
	return explore_walk.kind;
}
