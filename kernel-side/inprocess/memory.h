/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Memory with the properties that states need. All functions are async-signal-safe.
 */
#ifndef VGR_MEMORY_H
#define VGR_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <vgetrandom/abi.h>

/* Bytes of a page. */
size_t vgr_page_len(void);

/*
 * Memory for bookkeeping, never dropped: @kept_len bytes that a child inherits and, behind them,
 * @wiped_len bytes that are zero in the child after a fork.
 *
 * @kept_len, @wiped_len: multiples of the page size; @kept_len may be 0
 * @mapped:               the zeroed memory, on success only
 *
 * Returns 0 or -errno: -EOPNOTSUPP if the kernel cannot wipe memory on fork.
 */
int vgr_map_wipe_on_fork(size_t kept_len, size_t wiped_len, void **mapped);

/* States of one size, one after another. */
struct vgr_states {
	void *base;
	size_t num;
	size_t stride;     /* bytes from one to the next; a page is a multiple of it */
	size_t mapped_len; /* for munmap() */
	bool swappable; /* not droppable: a child's states are not locked, see vgr_lock_state() */
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

/* The number of the system call vgetrandom_alloc() that @params tell; 0 if they tell none. */
unsigned int vgr_alloc_number(const struct vgetrandom_opaque_params *params);

/*
 * The same from that system call, which is asked for as many states of the kernel's own, of
 * @kernel_state_len bytes each, as have room for those that are needed.
 *
 * Returns 0 or -errno: also that of a kernel or filter that refuses the call, and -EOPNOTSUPP for
 * an answer that cannot be memory for states.
 */
int vgr_alloc_states(unsigned int number, size_t kernel_state_len, size_t state_len, size_t num,
		     struct vgr_states *states);

/*
 * Locks the page of @state, as far as RLIMIT_MEMLOCK allows: a child does not inherit locks.
 */
void vgr_lock_state(const void *state, size_t state_len);

/* The least power of two that is not below @n; at least a cache line. */
size_t vgr_round_up_to_power_of_two(size_t n);

#endif
