/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the files of the module know of each other. Each has an _init() that is called once at
 * load, in the order of this header, and an _exit() that is called in the opposite order, or
 * after the _init() of a later one failed.
 */
#ifndef VGR_MODULE_H
#define VGR_MODULE_H

#include <linux/fs.h>
#include <linux/mm_types.h>
#include <linux/types.h>

#include <vgetrandom/abi.h>
#include <vgetrandom/device.h>

#include "chacha-level.h"

/* image-data.S: the image, as it was built. */

extern const u8 vgr_image_start[], vgr_image_end[];

/* image.c: the pages that the device shows: the RNG data page, then the image. */

int vgr_image_init(u32 chacha_level);
void vgr_image_exit(void);

/* The data page as the kernel sees it. */
struct vgetrandom_rng_data *vgr_rng_data(void);

/* Bytes of all pages. */
loff_t vgr_image_len(void);

/* f_op->mmap of the device; device.h says what it answers. */
int vgr_image_mmap(struct file *file, struct vm_area_struct *vma);

/* droppable.c: the module's own droppable memory. */

int vgr_droppable_init(void);
void vgr_droppable_exit(void);

/*
 * Maps @len bytes of it, whole pages, into the current process.
 *
 * Returns the address or -errno.
 */
unsigned long vgr_droppable_map(unsigned long len);

/*
 * Drops pages until they are @num, or there are no more. What it returns were they at most: some
 * may have been unmapped before. May sleep; must not be called with a lock of the memory management
 * held that reclaim takes.
 */
unsigned long vgr_droppable_drop(unsigned long num);

/* alloc.c: VGETRANDOM_IOC_ALLOC. */

/*
 * @cmd: the ioctl number, whose size field is that of @arg
 *
 * Returns 0 or -errno, see device.h.
 */
long vgr_alloc_ioctl(unsigned int cmd, void __user *arg);

/* generation.c: when the generation on the data page changes, and whether the RNG is ready. */

int vgr_generation_init(void);
void vgr_generation_exit(void);

/*
 * selftest.c, in a debug build only; both return 0 or -errno. A mapping that the second makes
 * gives its file back when the process returns to user mode, so the module must stay
 * loaded once that was called, whatever it returns.
 */

#ifdef VGR_SELFTEST
int vgr_selftest_chacha20(void);
int vgr_selftest_memory(void);
#else
static inline int vgr_selftest_chacha20(void)
{
	return 0;
}

static inline int vgr_selftest_memory(void)
{
	return 0;
}
#endif

/* faults.c, in a build with FAULTS=1 only: makes the fault that its parameter names. */

#ifdef VGR_FAULTS
void vgr_make_fault(void);
#else
static inline void vgr_make_fault(void)
{
}
#endif

#endif
