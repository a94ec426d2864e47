/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Memory with the properties that states need. All functions are async-signal-safe.
 */
#ifndef VGR_MEMORY_H
#define VGR_MEMORY_H

#include <stddef.h>

/* Bytes of a page. */
size_t vgr_page_len(void);

/*
 * Memory that is zero in the child after a fork, and not in a core dump. For
 * bookkeeping: it is never dropped.
 *
 * @len:    bytes, a multiple of the page size
 * @mapped: the zeroed memory, on success only
 *
 * Returns 0 or -errno: -EOPNOTSUPP if the kernel cannot do that.
 */
int vgr_map_wipe_on_fork(size_t len, void **mapped);

/* States of one size, one after another. */
struct vgr_states {
	void *base;
	size_t num;
	size_t stride;     /* bytes from one to the next; a page is a multiple of it */
	size_t mapped_len; /* for munmap() */
};

/*
 * Maps memory for states: droppable if the kernel can, else wiped on fork, not dumped and
 * locked as far as the limit allows.
 *
 * @state_len: bytes of a state, at most a page
 * @num:       how many are needed; whole pages are mapped
 * @states:    filled in on success only
 *
 * Returns 0 or -errno: -ENOMEM, -EOVERFLOW, -EOPNOTSUPP.
 */
int vgr_map_states(size_t state_len, size_t num, struct vgr_states *states);

#endif
