// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Memory that is wiped on fork, and memory for states. Kernel features are detected by trying
 * them, never by a version number, and a kernel or emulator that accepts what cannot exist is not
 * believed.
 */
#include "memory.h"

#include <linux/auxvec.h>
#include <linux/errno.h>
#include <linux/mman.h>
#include <stdbool.h>
#include <stdint.h>
#include <vgetrandom/abi.h>
#include <vgetrandom/port.h>

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/*
 * No kernel has this advice, and no Linux this type of mapping. Its bits are in the mask of every
 * architecture: parisc takes 0x04 for MAP_FIXED.
 */
#define MADV_IMPOSSIBLE     (-1)
#define MAP_IMPOSSIBLE_TYPE 0x0b

#define CACHE_LINE_LEN      64
#define LOCKED_PIECE_LEN    65536

size_t vgr_page_len(void)
{
	return vgr_port_getauxval(AT_PAGESZ);
}

/* Anonymous memory of a mapping type: 0 or -errno. */
static int map(size_t len, int type, void **mapped)
{
	long ret = vgr_port_mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | type, -1, 0);

	if (ret < 0 && ret > -4096)
		return (int)ret;
	*mapped = (void *)ret;
	return 0;
}

/*
 * qemu-user, for one, answers 0 to every madvise(). Unlike the flags, the advice and
 * the mapping type have always been checked by Linux.
 */
static bool refuses_unknown_advice(void *p, size_t len)
{
	return vgr_port_madvise(p, len, MADV_IMPOSSIBLE) != 0;
}

static bool refuses_unknown_mapping_type(void)
{
	size_t len = vgr_page_len();
	void *p;

	if (map(len, MAP_IMPOSSIBLE_TYPE, &p) != 0)
		return true;
	vgr_port_munmap(p, len);
	return false;
}

int vgr_map_wipe_on_fork(size_t kept_len, size_t wiped_len, void **mapped)
{
	char *wiped;
	void *p;
	int err = map(kept_len + wiped_len, MAP_PRIVATE, &p);

	if (err)
		return err;
	wiped = (char *)p + kept_len;
	if (!refuses_unknown_advice(wiped, wiped_len) ||
	    vgr_port_madvise(wiped, wiped_len, MADV_WIPEONFORK) != 0) {
		vgr_port_munmap(p, kept_len + wiped_len);
		return -EOPNOTSUPP;
	}
	*mapped = p;
	return 0;
}

/* MAP_DROPPABLE is a mapping type, so a kernel that does not know it refuses it. */
static int map_droppable(size_t len, void **mapped)
{
	return refuses_unknown_mapping_type() ? map(len, MAP_DROPPABLE, mapped) : -EOPNOTSUPP;
}

/*
 * Locking keeps states out of swap. It is charged to RLIMIT_MEMLOCK, so it may fail, and the child
 * of a fork loses it: a state is locked again when the child first uses it. In pieces, because the
 * kernel locks all that it is asked to or nothing.
 */
static int map_locked(size_t len, void **mapped)
{
	int err = vgr_map_wipe_on_fork(0, len, mapped);

	if (!err && vgr_port_madvise(*mapped, len, MADV_DONTDUMP) != 0) {
		vgr_port_munmap(*mapped, len);
		err = -EOPNOTSUPP;
	}
	for (size_t done = 0; !err && done < len; done += LOCKED_PIECE_LEN) {
		size_t rest = len - done;

		if (vgr_port_mlock((char *)*mapped + done,
				   rest < LOCKED_PIECE_LEN ? rest : LOCKED_PIECE_LEN) != 0)
			break;
	}
	return err;
}

void vgr_lock_state(const void *state, size_t state_len)
{
	/* A refusal leaves it where RLIMIT_MEMLOCK left the parent's: swappable. */
	(void)vgr_port_mlock(state, state_len);
}

size_t vgr_round_up_to_power_of_two(size_t n)
{
	size_t power = CACHE_LINE_LEN;

	while (power < n)
		power *= 2;
	return power;
}

/* How they will lie, in whole pages, but not yet where. */
static int lay_out(size_t state_len, size_t num, struct vgr_states *states)
{
	size_t page = vgr_page_len();
	size_t stride, len;

	if (state_len == 0 || state_len > page)
		return -EOPNOTSUPP;
	stride = vgr_round_up_to_power_of_two(state_len);
	if (num > (PTRDIFF_MAX - page) / stride)
		return -EOVERFLOW;
	len = ((num ? num : 1) * stride + page - 1) & ~(page - 1);
	*states = (struct vgr_states){ .num = len / stride, .stride = stride, .mapped_len = len };
	return 0;
}

int vgr_map_states(size_t state_len, size_t num, struct vgr_states *states)
{
	struct vgr_states made;
	int err = lay_out(state_len, num, &made);

	if (err)
		return err;
	err = map_droppable(made.mapped_len, &made.base);
	made.swappable = err != 0;
	if (err)
		err = map_locked(made.mapped_len, &made.base);
	if (err)
		return err == -EOPNOTSUPP ? -EOPNOTSUPP : -ENOMEM;
	*states = made;
	return 0;
}

unsigned int vgr_alloc_number(const struct vgetrandom_opaque_params *params)
{
	uint32_t word = params->reserved[VGETRANDOM_PARAMS_ALLOC];

	return (word & ~VGETRANDOM_ALLOC_NUMBER_MASK) == VGETRANDOM_ALLOC_TAG
		       ? word & VGETRANDOM_ALLOC_NUMBER_MASK
		       : 0;
}

/*
 * A filter may answer 0 to what it does not know, without any call made. If the answer is not
 * valid, its length is not to be trusted, so whatever it is stays mapped.
 */
static bool is_memory(long address, uint64_t mapped_len, size_t needed_len)
{
	size_t page = vgr_page_len();

	return address > 0 && (unsigned long)address % page == 0 && mapped_len % page == 0 &&
	       mapped_len >= needed_len && mapped_len <= PTRDIFF_MAX - (uint64_t)address;
}

int vgr_alloc_states(unsigned int number, size_t kernel_state_len, size_t state_len, size_t num,
		     struct vgr_states *states)
{
	struct vgetrandom_alloc_args args = { 0 };
	struct vgr_states made;
	int err = lay_out(state_len, num, &made);
	long address;

	if (err)
		return err;
	if (kernel_state_len == 0)
		return -EOPNOTSUPP;
	args.num = (made.mapped_len - 1) / kernel_state_len + 1;
	address = vgr_port_alloc(number, &args, sizeof(args));
	if (address < 0 && address > -4096)
		return (int)address;
	if (!is_memory(address, args.bytes_allocated, made.mapped_len))
		return -EOPNOTSUPP;
	made.base = (void *)address;
	made.mapped_len = args.bytes_allocated;
	made.num = made.mapped_len / made.stride;
	*states = made;
	return 0;
}
