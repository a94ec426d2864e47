/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * For programs that are compiled with MemorySanitizer; vgetrandom.h includes it there. Bytes that
 * assembly and the kernel's vDSO write are unknown to it, so each call of the library is followed
 * by a note of what was written.
 *
 * A call by a pointer to one of these functions is not: such a caller has to call
 * __msan_unpoison() itself.
 */
#ifndef VGETRANDOM_MSAN_H
#define VGETRANDOM_MSAN_H

#include <vgetrandom/vgetrandom.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As <sanitizer/msan_interface.h> declares it, which need not be installed. */
void __msan_unpoison(const volatile void *start, size_t len);

static inline __attribute__((warn_unused_result)) ssize_t vgetrandom_msan(void *buf, size_t len,
									  unsigned int flags)
{
	ssize_t ret = vgetrandom(buf, len, flags);

	if (ret > 0)
		__msan_unpoison(buf, (size_t)ret);
	return ret;
}

/* In full, or not at all. */
static inline __attribute__((warn_unused_result)) int vgetrandom_msan_getentropy(void *buf,
										 size_t len)
{
	int ret = vgetrandom_getentropy(buf, len);

	if (ret == 0)
		__msan_unpoison(buf, len);
	return ret;
}

static inline void vgetrandom_msan_arc4random_buf(void *buf, size_t len)
{
	vgetrandom_arc4random_buf(buf, len);
	__msan_unpoison(buf, len);
}

static inline __attribute__((nonnull, warn_unused_result)) int
vgetrandom_msan_provider_by_name(const char *name, enum vgetrandom_provider *provider)
{
	int ret = vgetrandom_provider_by_name(name, provider);

	if (ret == 0)
		__msan_unpoison(provider, sizeof(*provider));
	return ret;
}

static inline __attribute__((nonnull)) void vgetrandom_msan_stats(struct vgetrandom_stats *stats,
								  size_t stats_len)
{
	vgetrandom_stats(stats, stats_len);
	__msan_unpoison(stats, stats_len);
}

/* The states are new memory, which may lie where the program had other. */
static inline __attribute__((warn_unused_result)) void *
vgetrandom_msan_alloc(struct vgetrandom_alloc_args *args, size_t args_len)
{
	void *states = vgetrandom_alloc(args, args_len);

	if (states) {
		__msan_unpoison(args, args_len);
		__msan_unpoison(states, (size_t)args->bytes_allocated);
	}
	return states;
}

#ifdef __cplusplus
}
#endif

#define vgetrandom(...)                  vgetrandom_msan(__VA_ARGS__)
#define vgetrandom_getentropy(...)       vgetrandom_msan_getentropy(__VA_ARGS__)
#define vgetrandom_arc4random_buf(...)   vgetrandom_msan_arc4random_buf(__VA_ARGS__)
#define vgetrandom_provider_by_name(...) vgetrandom_msan_provider_by_name(__VA_ARGS__)
#define vgetrandom_stats(...)            vgetrandom_msan_stats(__VA_ARGS__)
#define vgetrandom_alloc(...)            vgetrandom_msan_alloc(__VA_ARGS__)

#endif
