// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Detects a reseed of the kernel by a judge of the test's own (userspace/src/judge.h), in ordinary
 * memory, so that copies of this process inherit it and can ask, too.
 */
#include "kernel-generation.h"

#include <errno.h>
#include <stdbool.h>

#include "../../userspace/src/judge.h"
#include "pool.h"
#include "provider.h"

/* Linux's function refuses a state that crosses a page. */
static _Alignas(1024) uint64_t state[128];
static struct vgr_slot watch = { .judge = state };

/* Whether or not the provider native works here, its start looks for the kernel's function. */
static bool kernel_has_function(void)
{
	if (!vgr_native.judge)
		vgr_native.start();
	return vgr_native.judge && vgr_native.judge_len <= sizeof(state);
}

uint64_t vgt_kernel_generation(void)
{
	static uint64_t generation;

	if (!kernel_has_function())
		return 0;
	if (generation && vgr_judge_agrees(&vgr_native, &watch))
		return generation;
	/* Of a function that keeps no key in its state nobody can tell, as in draw.c. */
	if (vgr_judge_arm(&vgr_native, &watch) == -EOPNOTSUPP && vgr_judge_num_words == 0)
		return 0;
	/* If that failed, it disagrees the next time. */
	return ++generation;
}
