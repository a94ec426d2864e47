// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Notices that the kernel reseeded, which nothing tells us: by a judge of the tool's own (judge.h),
 * in memory that copies of this process have, too.
 */
#include "kernel-generation.h"

#include <stdbool.h>

#include "../../userspace/src/judge.h"
#include "pool.h"
#include "provider.h"

/* Linux's function refuses a state that crosses a page. */
static _Alignas(1024) uint64_t state[128];
static struct vgr_slot watch = { .judge = state };

static bool kernel_has_function(void)
{
	if (!vgr_native.judge)
		vgr_native.start();
	return vgr_native.judge && vgr_native.judge_len <= sizeof(state);
}

uint64_t check_kernel_generation(void)
{
	static uint64_t generation;

	if (!kernel_has_function())
		return 0;
	if (!generation || !vgr_judge_agrees(&vgr_native, &watch))
		generation += vgr_judge_arm(&vgr_native, &watch) == 0;
	return generation;
}
