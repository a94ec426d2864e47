/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Large reads from a source that is slow at them: 32 bytes are drawn as a key, and our own
 * ChaCha20 makes the rest of it, straight into the buffer.
 */
#ifndef VGR_EXPAND_H
#define VGR_EXPAND_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vgetrandom.h"

/*
 * Lengths in bytes from which this is faster; measured, see userspace/README.md. At least one
 * ChaCha20 block.
 */
#define VGR_EXPAND_NATIVE_FROM  128
#define VGR_EXPAND_SYSCALL_FROM 64

/*
 * The best ChaCha20 level that may be used: the machine's, or the upper bound that was set before
 * the first choice of a provider.
 */
uint32_t vgr_chacha_level(void);
void vgr_chacha_set_max(uint32_t level);

/*
 * Decides whether this machine expands at all: to be called once, at the first choice of a
 * provider.
 */
void vgr_expand_init(void);

/*
 * Like @getrandom(@buf, @len, @flags, @state, @state_len) for a @len of one block or more. Whatever
 * @getrandom answers instead of a key is returned. Async-signal-safe.
 *
 * A fork during it is noticed. A clone of the virtual machine is not, until the next call: the
 * kernel's own function compares its generation once more at its end, and we cannot see that.
 */
ssize_t vgr_expand(vgr_getrandom_fn *getrandom, void *state, size_t state_len, void *buf,
		   size_t len, unsigned int flags);

#endif
