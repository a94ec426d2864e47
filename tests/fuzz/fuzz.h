/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What the targets share. Each is a program of libFuzzer, with AddressSanitizer and UBSan. */
#ifndef VGT_FUZZ_H
#define VGT_FUZZ_H

#include <sanitizer/asan_interface.h>
#include <stddef.h>
#include <stdint.h>

/* Called by libFuzzer with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The bytes from @len to the next multiple of 16, which aligned_alloc() gave along with the rest.
 */
static inline void vgt_fuzz_forbid_tail(const uint8_t *p, size_t len)
{
	ASAN_POISON_MEMORY_REGION(p + len, (16 - len % 16) % 16);
}

static inline void vgt_fuzz_allow_tail(const uint8_t *p, size_t len)
{
	ASAN_UNPOISON_MEMORY_REGION(p + len, (16 - len % 16) % 16);
}

/* A file in memory with the same content each time it is given the same; ends the process if it
 * cannot be had. Returns its descriptor, which stays open for the next input. */
int vgt_fuzz_file(int fd, const uint8_t *data, size_t len);

#endif
