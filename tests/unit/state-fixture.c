// SPDX-License-Identifier: GPL-2.0-only OR MIT
#define _GNU_SOURCE
#include "state-fixture.h"

#include <criterion/criterion.h>

#include "child.h"
#include "guard.h"
#include "model.h"
#include "seccomp.h"

vgr_getrandom_fn *fn;
struct vgr_state *states;
struct vgt_random r;
size_t batch_read_max;
uint8_t buf[LEN_MAX], expected[LEN_MAX];

void state_setup(void)
{
	fn = vgt_image_start(BEST_CHACHA);
	states = vgt_states_alloc();
	vgt_random_init(&r);
	batch_read_max =
		vgt_measure_batch_read_max(fn, states, vgr_inprocess_rng_data()->generation);
	cr_assert(batch_read_max >= 32 && batch_read_max < VGR_BATCH_LEN);
}

uint64_t generation(void)
{
	return vgr_inprocess_rng_data()->generation;
}

void draw(struct vgr_state *st, size_t len)
{
	ssize_t ret = fn(buf, len, 0, st, STATE_LEN);

	cr_assert_eq(ret, (ssize_t)len, "expected %zu bytes, got %zd; seed %lu", len, ret,
		     (unsigned long)r.seed);
}

void expect_in_filtered_child(void (*body)(void *arg), void *arg)
{
	char why[VGT_CHILD_WHY_SIZE];

	if (!vgt_seccomp_works())
		cr_skip_test("no seccomp filters here: system calls cannot be observed");
	cr_assert(vgt_run_child(body, arg, why), "%s", why);
}

bool has_zero_window(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 8 <= len; i++)
		if (vgt_all_are(p + i, 8, 0))
			return true;
	return false;
}
