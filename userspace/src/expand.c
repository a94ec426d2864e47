// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A key is drawn into the head of the buffer and overwritten by its own keystream, so that it
 * never lies anywhere else: ChaCha20 reads it once, before the first store (chacha20.h).
 *
 * The draw is safe against forks up to its end; the expansion makes that moment long. A fork
 * during it (by a signal handler) would give parent and child the same bytes, so
 * the child, which finds the fork's name changed, starts over with a key of its own.
 */
#include "expand.h"

#include <limits.h>
#include <stdbool.h>

#include "arch.h"
#include "inprocess.h"
#include "memory.h"
#include "shared.h"
#include "wipe.h"

static uint32_t level_max = UINT32_MAX;
static uint32_t level;
static bool is_enabled;

void vgr_chacha_set_max(uint32_t max)
{
	level_max = max;
}

uint32_t vgr_chacha_level(void)
{
	return vgr_cpu_chacha_within(level_max);
}

/* The portable version is not faster than what it would replace. */
void vgr_expand_init(void)
{
	level = vgr_chacha_level();
	/* It needs a scratch place in memory that may hold the key, and there is none here. */
	if (level == VGETRANDOM_CHACHA_AVX2)
		level = VGETRANDOM_CHACHA_SSE2;
	is_enabled = level != VGETRANDOM_CHACHA_GENERIC;
}

/* Like every read(2): Linux's MAX_RW_COUNT, which depends on the size of a page. */
static size_t limit(size_t len)
{
	size_t max;

	if (len <= INT_MAX / 2)
		return len;
	max = (size_t)INT_MAX & ~(vgr_page_len() - 1);
	return len < max ? len : max;
}

/*
 * The last block goes where it ends with the buffer. It overlaps the one before it unless
 * the length is one of whole blocks; the bytes that are overwritten are nobody's.
 */
static void expand(uint8_t *buf, size_t len)
{
	size_t nblocks = (len + VGR_CHACHA20_BLOCK_LEN - 1) / VGR_CHACHA20_BLOCK_LEN;

	vgr_chacha20(level, buf, buf + len - VGR_CHACHA20_BLOCK_LEN, nblocks, buf, 0, NULL);
}

ssize_t vgr_expand(vgr_getrandom_fn *getrandom, void *state, size_t state_len, void *buf,
		   size_t len, unsigned int flags)
{
	uint64_t fork_id = is_enabled ? vgr_shared_fork_id() : 0;

	len = limit(len);
	for (;;) {
		ssize_t ret;

		if (fork_id == 0)
			return getrandom(buf, len, flags, state, state_len);
		ret = getrandom(buf, VGR_CHACHA20_KEY_LEN, flags, state, state_len);
		if (ret != VGR_CHACHA20_KEY_LEN)
			return ret;
		expand(buf, len);
		if (vgr_shared_is_fork_id(fork_id))
			return (ssize_t)len;
		/* The parent has these bytes; they must not stay if there will be no others. */
		vgr_wipe(buf, len);
		fork_id = vgr_shared_fork_id();
	}
}
