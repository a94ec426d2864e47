// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Memory that is wiped on fork, and memory for states. What the kernel can do is found out
 * by trying, never by a version number, and a kernel or emulator that accepts
 * what cannot exist is not believed.
 */
#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

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

static size_t page_len(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * qemu-user, for one, answers 0 to every madvise(). Unlike the flags, the advice and
 * the mapping type have always been checked by Linux.
 */
static bool refuses_unknown_advice(void *p, size_t len)
{
	return madvise(p, len, MADV_IMPOSSIBLE) != 0;
}

static bool refuses_unknown_mapping_type(void)
{
	size_t len = page_len();
	void *p = mmap(NULL, len, PROT_READ, MAP_ANONYMOUS | MAP_IMPOSSIBLE_TYPE, -1, 0);

	if (p == MAP_FAILED)
		return true;
	munmap(p, len);
	return false;
}

void *vgr_map_wipe_on_fork(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (!refuses_unknown_advice(p, len) || madvise(p, len, MADV_WIPEONFORK) != 0 ||
	    madvise(p, len, MADV_DONTDUMP) != 0) {
		munmap(p, len);
		errno = ENOTSUP;
		return NULL;
	}
	return p;
}

/* MAP_DROPPABLE is a mapping type, so a kernel that does not know it refuses it. */
static void *map_droppable(size_t len)
{
	void *p;

	if (!refuses_unknown_mapping_type())
		return NULL;
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

/*
 * Locking keeps states out of swap. It is charged to RLIMIT_MEMLOCK, so it may fail,
 * and the child of a fork loses it, where the states are zero anyway. In pieces, because the
 * kernel locks all that it is asked to or nothing.
 */
static void *map_locked(size_t len)
{
	unsigned char *p = vgr_map_wipe_on_fork(len);

	for (size_t done = 0; p && done < len; done += LOCKED_PIECE_LEN) {
		size_t rest = len - done;

		if (mlock(p + done, rest < LOCKED_PIECE_LEN ? rest : LOCKED_PIECE_LEN) != 0)
			break;
	}
	return p;
}

static size_t round_up_to_power_of_two(size_t n)
{
	size_t power = CACHE_LINE_LEN;

	while (power < n)
		power *= 2;
	return power;
}

int vgr_map_states(size_t state_len, size_t num, struct vgr_states *states)
{
	int saved_errno = errno;
	size_t page = page_len();
	size_t stride, len;
	void *p;

	if (state_len == 0 || state_len > page)
		return -ENOTSUP;
	stride = round_up_to_power_of_two(state_len);
	if (num > (PTRDIFF_MAX - page) / stride)
		return -EOVERFLOW;
	len = ((num ? num : 1) * stride + page - 1) & ~(page - 1);

	p = map_droppable(len);
	if (!p)
		p = map_locked(len);
	if (!p) {
		int err = errno == ENOTSUP ? -ENOTSUP : -ENOMEM;

		errno = saved_errno;
		return err;
	}
	errno = saved_errno;
	*states = (struct vgr_states){
		.base = p,
		.num = len / stride,
		.stride = stride,
		.mapped_len = len,
	};
	return 0;
}
