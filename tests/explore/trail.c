// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "trail.h"

#include <stdlib.h>

#include "config.h"
#include "machine.h"

struct explore_finding explore_findings[EXPLORE_FINDINGS_MAX];

static struct {
	struct explore_event *events;
	uint32_t num, max;
} trail;

void explore_trail_clear(void)
{
	trail.num = 0;
}

void explore_trail_add(unsigned int fault)
{
	struct explore_config *c = &explore_now;

	if (trail.num == trail.max) {
		trail.max = trail.max ? 2 * trail.max : 1024;
		trail.events = realloc(trail.events, trail.max * sizeof(*trail.events));
		if (!trail.events)
			explore_die("out of memory; choose fewer faults");
	}
	trail.events[trail.num] = (struct explore_event){
		.before = c->trail,
		.step = c->step,
		.fault = fault,
		.pc = c->regs[explore_machine.arch->pc],
		.chacha_step = explore_top()->chacha_step,
	};
	c->trail = ++trail.num;
}

const struct explore_event *explore_event(uint32_t number)
{
	return number ? &trail.events[number - 1] : NULL;
}

void explore_finding_add(uint32_t num, enum explore_kind kind)
{
	const struct explore_config *c = &explore_now;
	struct explore_finding *finding = &explore_findings[num];

	*finding = (struct explore_finding){ .kind = kind, .trail = c->trail, .phase = c->phase };
	finding->pc = c->regs[explore_machine.arch->pc];
	for (uint32_t number = c->trail; number; number = explore_event(number)->before)
		finding->num_faults++;
}
