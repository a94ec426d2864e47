/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the samples have in common: a small generator with fast key erasure. They differ in how
 * they find out that its key is no longer theirs alone; all but one get that wrong.
 *
 * For teaching and for testing vgetrandom-check, and for nothing else. Only what includes
 * guarded.h is made for signal handlers.
 */
#ifndef VGR_SAMPLE_H
#define VGR_SAMPLE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "chacha20.h"

#ifdef __x86_64__
#define SAMPLE_CHACHA20 vgr_chacha20_sse2
#else
#define SAMPLE_CHACHA20 vgr_chacha20_generic
#endif

#define SAMPLE_BLOCKS 4
/* Not allocated lazily: that would not be possible in a handler. */
#define SAMPLE_THREAD __thread __attribute__((tls_model("initial-exec")))

#define SAMPLE_BATCH  (SAMPLE_BLOCKS * VGR_CHACHA20_BLOCK_LEN - VGR_CHACHA20_KEY_LEN)

struct sample {
	uint8_t key[VGR_CHACHA20_KEY_LEN];
	uint8_t batch[SAMPLE_BATCH];
	size_t unread; /* at the end of the batch */
	int has_key;
	int is_busy;
	long owner;
};

/* The contract of getrandom(2); flags are not looked at. */
__attribute__((visibility("default"))) ssize_t sample_getrandom(void *buf, size_t len,
								unsigned int flags);

/* Not by the libc's getrandom(), which since glibc 2.41 is a generator with a state of its own. */
static inline ssize_t sample_kernel(void *buf, size_t len, unsigned int flags)
{
	return syscall(SYS_getrandom, buf, len, flags);
}

static inline int sample_seed(struct sample *s)
{
	if (sample_kernel(s->key, sizeof(s->key), 0) != sizeof(s->key))
		return -1;
	s->unread = 0;
	s->has_key = 1;
	return 0;
}

static inline void sample_take(struct sample *s, uint8_t *dst, size_t len)
{
	while (len) {
		size_t part = len < s->unread ? len : s->unread;
		uint8_t *from = s->batch + sizeof(s->batch) - s->unread;

		memcpy(dst, from, part);
		memset(from, 0, part);
		s->unread -= part;
		dst += part;
		len -= part;
		if (len) {
			SAMPLE_CHACHA20(s->key,
					s->key + (SAMPLE_BLOCKS - 1) * VGR_CHACHA20_BLOCK_LEN,
					SAMPLE_BLOCKS, s->key, 0, NULL);
			s->unread = sizeof(s->batch);
		}
	}
}

#endif
