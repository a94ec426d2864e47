// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The provider "native": the image inside this library generates, and the kernel's own vDSO
 * function (Linux 6.11) says after each draw whether that counts. Where there is no image, or the
 * function does not behave as judge.h needs it, that function generates, one block at a time.
 */
#include <linux/auxvec.h>

#include "arch.h"
#include "elf-symbol.h"
#include "provider.h"

/* Of the kernel's system call for states; 0 if it has none. */
static unsigned int alloc_number;

static struct vgr_provider by_kernel_alone;

/* A filter that does not know the system call refuses it, and lets mmap() through. */
static int map_states(size_t state_len, size_t num, struct vgr_states *states)
{
	if (alloc_number &&
	    vgr_alloc_states(alloc_number, by_kernel_alone.state_len, state_len, num, states) == 0)
		return 0;
	return vgr_map_states(state_len, num, states);
}

static struct vgr_provider by_kernel_alone = {
	.id = VGETRANDOM_PROVIDER_NATIVE,
	.name = "native",
	.summary = "the kernel's vDSO function",
	.guarantees = { true, "the kernel changes the generation it looks at", NULL },
	.map_states = map_states,
	.freshness = VGR_FRESH_BY_IMAGE,
	.drawback = "the kernel's function cannot judge, so it generates, one block at a time",
};

static vgr_getrandom_fn *kernel_function(size_t *state_len)
{
	const void *vdso = (const void *)vgr_port_getauxval(AT_SYSINFO_EHDR);
	struct vgetrandom_opaque_params params = { 0 };
	vgr_getrandom_fn *fn = (vgr_getrandom_fn *)vgr_elf_symbol(vdso, VGR_KERNEL_GETRANDOM,
								  VGR_KERNEL_GETRANDOM_VERSION);

	if (!fn || fn(NULL, 0, 0, &params, ~0UL) != 0)
		return NULL;
	*state_len = params.size_of_opaque_state;
	alloc_number = vgr_alloc_number(&params);
	return fn;
}

static struct vgr_provider *start(void)
{
	by_kernel_alone.getrandom = kernel_function(&by_kernel_alone.state_len);
	if (!by_kernel_alone.getrandom)
		return NULL;
	vgr_native.judge = by_kernel_alone.getrandom;
	vgr_native.judge_len = by_kernel_alone.state_len;
	vgr_native.without_judge = &by_kernel_alone;
	vgr_native.rng_data = vgr_inprocess_rng_data();
	vgr_provider_start_image();
	if (!vgr_provider_take(&vgr_native, vgr_inprocess_function()))
		by_kernel_alone.drawback = "this build has no image, so the kernel's function "
					   "generates, one block at a time";
	else if (vgr_native.judge_len <= vgr_native.state_len)
		return &vgr_native;
	return &by_kernel_alone;
}

struct vgr_provider vgr_native = {
	.id = VGETRANDOM_PROVIDER_NATIVE,
	.name = "native",
	.summary = "the image inside this library, judged by the kernel's vDSO function",
	.guarantees = { true, "the kernel's function is asked after each draw", NULL },
	.start = start,
	.map_states = map_states,
	.freshness = VGR_FRESH_BY_JUDGE,
};
