// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "image.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "elf-symbol.h"
#include "guard.h"

vgr_getrandom_fn *vgt_image_start(uint32_t level)
{
	const void *function;

	if (vgr_inprocess_start(level) != 0)
		abort();
	function = vgr_elf_symbol(vgr_inprocess_image(), "__vdso_getrandom", "LINUX_2.6");
	if (!function)
		abort();
	return (vgr_getrandom_fn *)function;
}

struct vgetrandom_rng_data *vgt_image_open_data_page(void)
{
	struct vgetrandom_rng_data *data = (struct vgetrandom_rng_data *)vgr_inprocess_rng_data();

	if (mprotect(data, VGT_PAGE_LEN, PROT_READ | PROT_WRITE) != 0)
		abort();
	return data;
}

static void close_data_page(struct vgetrandom_rng_data *data)
{
	if (mprotect(data, VGT_PAGE_LEN, PROT_READ) != 0)
		abort();
}

void vgt_image_set_generation(uint64_t generation)
{
	struct vgetrandom_rng_data *data = vgt_image_open_data_page();

	__atomic_store_n(&data->generation, generation, __ATOMIC_RELEASE);
	close_data_page(data);
}

void vgt_image_set_ready(uint32_t is_ready)
{
	struct vgetrandom_rng_data *data = vgt_image_open_data_page();

	__atomic_store_n(&data->is_ready, is_ready, __ATOMIC_RELEASE);
	close_data_page(data);
}

struct vgr_state *vgt_states_alloc(void)
{
	return (struct vgr_state *)vgt_guarded_alloc(1);
}

void vgt_states_free(struct vgr_state *states)
{
	vgt_guarded_free((unsigned char *)states, 1);
}
