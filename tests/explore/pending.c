// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "pending.h"

#include <stdlib.h>

static struct {
	struct explore_pending *all;
	size_t num, max;
} pending;

void explore_pending_push(uint32_t node)
{
	if (pending.num == pending.max) {
		pending.max = pending.max ? 2 * pending.max : 1024;
		pending.all = realloc(pending.all, pending.max * sizeof(*pending.all));
		if (!pending.all)
			explore_die("out of memory; choose fewer faults");
	}
	pending.all[pending.num++] =
		(struct explore_pending){ .snapshot = explore_snapshot_take(), .node = node };
}

struct explore_pending *explore_pending_last(void)
{
	return pending.num ? &pending.all[pending.num - 1] : NULL;
}

void explore_pending_pop(void)
{
	explore_snapshot_free(pending.all[--pending.num].snapshot);
}
