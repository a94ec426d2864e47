/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The kinds of memory that states may lie in, and the image that draws from them.
 *
 * native:    mmap(MAP_DROPPABLE), and the image of the kernel
 * alloc:     the system call vgetrandom_alloc(), where a kernel has it, and the image of the kernel
 * module:    the ioctl of /dev/vgetrandom, and the image of the module
 * inprocess: vgetrandom_alloc() of the library, and the image inside it
 * ordinary:  MAP_PRIVATE memory and the same image: wrong, to see the tests fail
 */
#ifndef VGK_MEMORY_H
#define VGK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <vgetrandom/abi.h>

#include "vgetrandom.h"

#define PAGE_LEN 4096

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#define MADV_KEEPONFORK 19
#endif

struct memory {
	const char *name;

	/* NULL: this kind has memory only, because the kernel has no image. */
	vgr_getrandom_fn *getrandom;
	const void *image;
	size_t state_len;

	/* native, alloc: of the system call for states; 0 if the image tells none. */
	unsigned int alloc_number;

	/* What the image reads; NULL: nobody may see it. */
	const volatile struct vgetrandom_rng_data *rng_data;

	/* Maps at least @len bytes for states and stores how many; NULL with errno. */
	void *(*map)(size_t len, size_t *mapped_len);

	/* The kernel's own mapping type lies behind it. */
	bool is_native;
};

/* Whether mmap() knows MAP_DROPPABLE; errno says why not. */
bool kernel_has_droppable(void);

/* By the value of an option; the program ends as skipped if that kind is not here. */
void memory_open(struct memory *memory, const char *name);

/* The same as @memory->map(), but the program ends if it fails. */
unsigned char *memory_map(const struct memory *memory, size_t len, size_t *mapped_len);

/* Draws; the program ends if that fails. */
void memory_draw(const struct memory *memory, void *state, void *buf, size_t len);

/* Whether @num_pages from @page on are zero. */
bool pages_are_zero(const void *page, size_t num_pages);

/* Bytes of "Swap:", "Rss:" and the like in /proc/self/smaps of the mapping at @address. */
long memory_smaps_kb(const void *address, const char *field);

/* A number of /proc/meminfo, such as "MemAvailable:". */
long meminfo_kb(const char *field);

#endif
