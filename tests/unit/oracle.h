/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the units are compared with: libsodium's ChaCha20, and a way to say where two
 * byte strings differ.
 */
#ifndef VGT_ORACLE_H
#define VGT_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chacha20.h"

/*
 * Published blocks with a nonce of 0; as hexadecimal digits. @key is NULL after the last one.
 */
struct vgt_vector {
	const char *key;
	uint64_t counter;
	const char *block;
};

extern const struct vgt_vector vgt_vectors[];

void vgt_from_hex(uint8_t *to, const char *hex, size_t len);

/* The @nblocks keystream blocks from @counter on, with a nonce of 0. */
void vgt_oracle_chacha20(void *dst, size_t nblocks, const void *key, uint64_t counter);

/* chacha20.h in the version of @level, VGETRANDOM_CHACHA_*. */
vgr_chacha20_fn *vgt_chacha20_of_level(uint32_t level);
const char *vgt_level_name(uint32_t level);

/*
 * "equal", or where the first difference is and what is there. Static memory.
 */
const char *vgt_difference(const void *expected, const void *actual, size_t len);

#endif
