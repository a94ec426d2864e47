/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * libvgetrandom: getrandom(2) without the system call.
 *
 * Every function may be called from any thread, from a signal handler, before and
 * after fork(), and in the child of a fork made anywhere, unless it says otherwise.
 * None allocates through malloc() and none is a cancellation point.
 */
#ifndef VGETRANDOM_H
#define VGETRANDOM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <vgetrandom/abi.h>
#include <vgetrandom/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VGETRANDOM_API __attribute__((visibility("default")))

/*
 * The contract of getrandom(2).
 *
 * @buf:   where the bytes go; a bad address may raise SIGSEGV instead of EFAULT
 * @len:   how many bytes; at most INT_MAX rounded down to pages are written by a call
 * @flags: GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE of <linux/random.h>
 *
 * Returns the bytes written, which are fewer than @len only where getrandom(2) would also
 * return fewer; -1 with errno EAGAIN, EINTR, EINVAL, EFAULT or ENOSYS as
 * getrandom(2) sets it. errno is untouched on success.
 */
VGETRANDOM_API ssize_t vgetrandom(void *buf, size_t len, unsigned int flags)
	__attribute__((warn_unused_result));

/*
 * The contract of getentropy(3): fills @buf with @len bytes (at most 256), or fails without
 * writing any.
 *
 * Returns 0; -1 with errno EIO if @len is above 256 or as getrandom(2) sets it.
 */
VGETRANDOM_API int vgetrandom_getentropy(void *buf, size_t len) __attribute__((warn_unused_result));

/*
 * The contracts of arc4random(3): a uniform 32-bit number, @len bytes (any number), and a
 * uniform number below @upper_bound (0 for a bound of 0 or 1). They cannot fail: if
 * the system has no random numbers, they print a line to stderr and abort().
 */
VGETRANDOM_API uint32_t vgetrandom_arc4random(void) __attribute__((warn_unused_result));
VGETRANDOM_API void vgetrandom_arc4random_buf(void *buf, size_t len);
VGETRANDOM_API uint32_t vgetrandom_arc4random_uniform(uint32_t upper_bound)
	__attribute__((warn_unused_result));

/*
 * The provider in use; never AUTO.
 */
VGETRANDOM_API enum vgetrandom_provider vgetrandom_get_provider(void);

/*
 * Switches to @provider, in every thread. Without this call the environment variable
 * VGETRANDOM_PROVIDER (auto, module, native, inprocess, syscall) decides; it is ignored
 * in a set-user-ID program (AT_SECURE), and a value that does not work on this system
 * counts as auto.
 *
 * Returns 0; -1 with errno EINVAL for an unknown provider, ENOTSUP if it does not work on
 * this system (then nothing changes). Not for signal handlers.
 */
VGETRANDOM_API int vgetrandom_set_provider(enum vgetrandom_provider provider)
	__attribute__((warn_unused_result));

/*
 * "auto", "module", "native", "inprocess", "syscall"; NULL for an unknown number.
 */
VGETRANDOM_API const char *vgetrandom_provider_name(enum vgetrandom_provider provider);

/*
 * Looks up the provider called @name and stores it in @provider.
 *
 * Returns 0; -1 with errno EINVAL if there is none.
 */
VGETRANDOM_API int vgetrandom_provider_by_name(const char *name, enum vgetrandom_provider *provider)
	__attribute__((nonnull, warn_unused_result));

/*
 * Performs in advance the setup that a first call would do: chooses the provider, makes states for
 * the calling thread and @nthreads more. Afterwards, up to that many threads at a time, the library
 * makes no system call but getrandom(2): neither mmap, madvise, mprotect nor rt_sigprocmask. Call
 * it before a seccomp filter is installed. The states are mapped in one piece, all of them or none.
 *
 * In the child of a fork the library still maps nothing: threads that find none of the parent's
 * free states use getrandom(2) until the child calls this function itself.
 *
 * Returns 0; -1 with errno ENOMEM, also for more threads than Linux can have (2^22); ENOTSUP if the
 * kernel cannot wipe memory on fork, or if, for the provider inprocess, there is no vDSO to read
 * the clock from; EAGAIN while the kernel's RNG is not ready yet. After an error it may
 * be called again, and the other functions work as without it. Not for signal handlers.
 */
VGETRANDOM_API int vgetrandom_prepare(unsigned int nthreads) __attribute__((warn_unused_result));

/*
 * Fills @stats, of which the caller knows the first @stats_len bytes
 * (sizeof(struct vgetrandom_stats) when it was compiled); if it is longer than this
 * library's, the rest is zeroed.
 */
VGETRANDOM_API void vgetrandom_stats(struct vgetrandom_stats *stats, size_t stats_len)
	__attribute__((nonnull));

/*
 * Allocates opaque states for the in-process image, with the interface of the
 * system call that was proposed under this name (abi.h): whole pages, zero, wiped on fork, never in
 * a core dump, droppable where the kernel can, else locked, up to RLIMIT_MEMLOCK. State i begins at
 * i * size_per_each, straddles no page and shares no cache line. Free with
 * munmap(states, bytes_allocated).
 *
 * @args:     in and out, see abi.h
 * @args_len: sizeof(struct vgetrandom_alloc_args) when the caller was compiled
 *
 * Returns the states; NULL with errno EINVAL for reserved input that is not zero or an
 * @args_len below the first version, E2BIG for a longer @args whose unknown members are
 * not zero, EFAULT, ENOMEM, EOVERFLOW, ENOTSUP if the kernel cannot wipe memory on fork. After an
 * error nothing is mapped and @args is unchanged.
 */
VGETRANDOM_API void *vgetrandom_alloc(struct vgetrandom_alloc_args *args, size_t args_len)
	__attribute__((warn_unused_result));

#ifdef __cplusplus
}
#endif

/* MemorySanitizer must be told what the library wrote; the library itself is never compiled so. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <vgetrandom/msan.h>
#endif
#endif

#endif
