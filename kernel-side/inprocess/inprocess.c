// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The embedded image and its data page. The page says one thing that the linker
 * cannot know: the best ChaCha20 of this machine. If that is not the one in the text, a page that
 * says so is moved over it, whole and read-only, so that a thread in the middle of a call sees the
 * one or the other. Where the text is sealed (mseal(2)) or the pages are larger, it stays as it is.
 */
#include "inprocess.h"

#include <linux/errno.h>
#include <linux/mman.h>

#include "elf-symbol.h"
#include "memory.h"

#define DATA_PAGE_LEN 4096

/* From image.S. */
extern const char vgr_image[] __attribute__((visibility("hidden")));
/* Aligned, or a compiler may copy it by memcpy(), which nobody has here. */
extern const char vgr_image_data_page[DATA_PAGE_LEN]
	__attribute__((visibility("hidden"), aligned(DATA_PAGE_LEN)));

const void *vgr_inprocess_image(void)
{
	return vgr_image;
}

vgr_getrandom_fn *vgr_inprocess_function(void)
{
	return vgr_function_of(vgr_image);
}

const struct vgetrandom_rng_data *vgr_inprocess_rng_data(void)
{
	return (const struct vgetrandom_rng_data *)vgr_image_data_page;
}

static int make_data_page(uint32_t level, void **page)
{
	long ret = vgr_port_mmap(NULL, DATA_PAGE_LEN, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vgetrandom_rng_data *data = (struct vgetrandom_rng_data *)ret;
	int err;

	if (ret < 0 && ret > -4096)
		return (int)ret;
	*data = *vgr_inprocess_rng_data();
	data->chacha = level;
	err = vgr_port_mprotect(data, DATA_PAGE_LEN, PROT_READ);
	if (err)
		vgr_port_munmap(data, DATA_PAGE_LEN);
	*page = data;
	return err;
}

int vgr_inprocess_start(uint32_t chacha_max)
{
	uint32_t level = vgr_cpu_chacha_within(chacha_max);
	void *page;
	int err;

	if (*(volatile const uint32_t *)&vgr_inprocess_rng_data()->chacha == level)
		return 0;
	if (vgr_page_len() != DATA_PAGE_LEN)
		return -EOPNOTSUPP;
	err = make_data_page(level, &page);
	if (err)
		return err;
	err = vgr_port_move(page, (void *)(uintptr_t)vgr_image_data_page, DATA_PAGE_LEN);
	if (err)
		vgr_port_munmap(page, DATA_PAGE_LEN);
	return err;
}
