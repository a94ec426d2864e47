/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The function that the image exports, and the data page it reads.
 */
#ifndef VGR_VDSO_VGETRANDOM_H
#define VGR_VDSO_VGETRANDOM_H

#include <stddef.h>
#include <linux/posix_types.h>
#include <vgetrandom/abi.h>

/* The libc's, where there is one: nothing but the kernel's UAPI headers is needed here. */
typedef __kernel_ssize_t ssize_t;

typedef ssize_t vgr_getrandom_fn(void *buffer, size_t len, unsigned int flags, void *opaque_state,
				 size_t opaque_len);

/*
 * getrandom(2) without the system call.
 *
 * @buffer:       where the random bytes go; a bad address is a SIGSEGV, not EFAULT,
 *                unless the system call has to be asked
 * @len:          how many bytes; more than INT_MAX rounded down to pages is cut to that
 * @flags:        GRND_* as for getrandom(2)
 * @opaque_state: a state of this thread: @opaque_len bytes, zero at first, in one page,
 *                in memory that is zero in the child of a fork. It may become zero
 *                at any time. Only one thread may use it; its signal handlers may, too
 * @opaque_len:   size_of_opaque_state of the parameters
 *
 * On all but x86-64 a state must be aligned to 8 bytes, or the system call does the work.
 *
 * Returns the bytes written or a negative errno: -EFAULT for a state that straddles
 * a page, else what the system call answers. With @buffer NULL, @len 0, @flags 0 and
 * @opaque_len ~0UL it fills @opaque_state, a struct vgetrandom_opaque_params, and
 * returns 0. The same ABI as in Linux 6.11: lib/vdso/getrandom.c, <linux/random.h>.
 *
 * Async-signal-safe. A handler that leaves by siglongjmp() out of a call makes every
 * later call on that state use the system call.
 */
#ifdef VGR_IMAGE_IS_LINKED
/* Among other code (kernel-side/inprocess/linked.c) it must not be taken for the kernel's. */
#define __vdso_getrandom vgr_vdso_getrandom
vgr_getrandom_fn __vdso_getrandom;
#else
vgr_getrandom_fn __vdso_getrandom __attribute__((visibility("default")));
#endif

/*
 * One page before the image; placed by the linker script. Read-only for the image, but not const: a
 * compiler takes that to mean that it never changes, and drops the second look at the generation.
 */
extern struct vgetrandom_rng_data vgr_rng_data __attribute__((visibility("hidden")));

#endif
