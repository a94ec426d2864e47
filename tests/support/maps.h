/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the kernel says of this process's memory. Without malloc(), which would change it.
 */
#ifndef VGT_MAPS_H
#define VGT_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VGT_MAPS_SIZE (256 * 1024)

/* The text of /proc/self/maps; to be compared. */
struct vgt_maps {
	size_t len;
	char text[VGT_MAPS_SIZE];
};

void vgt_maps_read(struct vgt_maps *maps);
bool vgt_maps_are_equal(const struct vgt_maps *a, const struct vgt_maps *b);

/* The mapping that @address lies in, from /proc/self/smaps. */
struct vgt_vma {
	uintptr_t start, end;
	char flags[128]; /* of the line VmFlags, with a space at both ends */
};

/* Returns false if there is none. */
bool vgt_vma_of(const void *address, struct vgt_vma *vma);

/* Whether VmFlags has @flag, two letters such as "wf". */
bool vgt_vma_has(const struct vgt_vma *vma, const char *flag);

/* A number of /proc/self/status in kB, such as "VmLck:"; -1 if there is none. */
long vgt_status_kb(const char *field);

#endif
