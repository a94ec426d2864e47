// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The pages that the device shows: the RNG data page and the image behind it, side by side, as
 * the image expects them.
 *
 * All are made at load and shared by all processes. They never change, except that
 * generation.c writes to the data page, so there is no lock. A mapping holds a reference to
 * each page that it shows; user mode can neither write to a page nor get one of its own.
 */
#define pr_fmt(fmt) "vgetrandom: " fmt

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "module.h"

#define DATA_PAGE 0
#define IMAGE     1 /* its first page */

static struct page **pages;
static unsigned long num_pages;

struct vgetrandom_rng_data *vgr_rng_data(void)
{
	return page_address(pages[DATA_PAGE]);
}

loff_t vgr_image_len(void)
{
	return (loff_t)num_pages << PAGE_SHIFT;
}

/* The kernel never maps more than was asked for, but the check costs nothing here. */
static vm_fault_t image_fault(struct vm_fault *vmf)
{
	if (vmf->pgoff >= num_pages)
		return VM_FAULT_SIGBUS;
	get_page(pages[vmf->pgoff]);
	vmf->page = pages[vmf->pgoff];
	return 0;
}

static const struct vm_operations_struct image_vm_ops = {
	.fault = image_fault,
};

int vgr_image_mmap(struct file *file, struct vm_area_struct *vma)
{
	bool is_data = vma->vm_pgoff == DATA_PAGE;
	unsigned long max = is_data ? 1 : num_pages - IMAGE;

	if (vma->vm_pgoff > IMAGE || vma_pages(vma) > max)
		return -EINVAL;
	/*
	 * Of a private mapping a debugger, for one, could write to a copy. Not VM_SHARED: the
	 * kernel takes that away if the file was opened for reading only.
	 */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & VM_WRITE || (is_data && vma->vm_flags & VM_EXEC))
		return -EACCES;
	vm_flags_clear(vma, VM_MAYWRITE | (is_data ? VM_MAYEXEC : 0));
	vm_flags_set(vma, VM_DONTEXPAND | (is_data ? VM_DONTDUMP : 0));
	vma->vm_ops = &image_vm_ops;
	return 0;
}

static void free_pages_of_image(void)
{
	unsigned long i;

	for (i = 0; i < num_pages; i++)
		if (pages[i])
			__free_page(pages[i]);
	kfree(pages);
}

int vgr_image_init(u32 chacha_level)
{
	size_t len = vgr_image_end - vgr_image_start;
	unsigned long i;

	num_pages = IMAGE + DIV_ROUND_UP(len, PAGE_SIZE);
	pages = kcalloc(num_pages, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	for (i = 0; i < num_pages; i++) {
		pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!pages[i]) {
			free_pages_of_image();
			return -ENOMEM;
		}
	}
	for (i = IMAGE; i < num_pages; i++) {
		size_t offset = (i - IMAGE) * PAGE_SIZE;

		memcpy(page_address(pages[i]), vgr_image_start + offset,
		       min_t(size_t, len - offset, PAGE_SIZE));
	}
	vgr_rng_data()->chacha = chacha_level;
	return 0;
}

void vgr_image_exit(void)
{
	free_pages_of_image();
}
