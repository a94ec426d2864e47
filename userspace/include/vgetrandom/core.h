/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The core: vgetrandom without a libc, for libc authors. libvgetrandom is this and a little glue;
 * INTEGRATING.md says which hook goes where in a libc.
 *
 * Nothing here touches errno; errors are -errno. Nothing is exported: the names are hidden, for
 * use in the object that the core is linked into. What the core needs is in port.h.
 * Every function may be called from any thread and from a signal handler, unless it
 * says otherwise. A fork at any time needs no call at all, in parent or child.
 */
#ifndef VGETRANDOM_CORE_H
#define VGETRANDOM_CORE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <vgetrandom/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As VGETRANDOM_CHACHA_* (abi.h): no bound. */
#define VGETRANDOM_CHACHA_BEST UINT32_MAX

/*
 * Sets the provider to choose first; the default is AUTO and BEST. Call it at start-up, while there
 * is only one thread. Makes no system call.
 *
 * @provider:   one that does not work on this system counts as AUTO
 * @chacha_max: upper bound for the ChaCha20 level, VGETRANDOM_CHACHA_*
 */
void vgetrandom_core_configure(enum vgetrandom_provider provider, uint32_t chacha_max);

/*
 * Chooses the provider. Call it at start-up, as soon as the port works. Otherwise the first draw
 * chooses.
 *
 * Makes a few system calls (userspace/README.md), and maps no memory for states.
 */
void vgetrandom_core_init(void);

/*
 * Makes @record, VGETRANDOM_THREAD_LEN bytes aligned to VGETRANDOM_THREAD_ALIGN (port.h), that of
 * a thread which has not drawn yet: zeroes it. For a record that was another thread's before; by
 * the new thread itself before it draws, or by the one that creates it.
 */
void vgetrandom_core_thread_init(void *record) __attribute__((nonnull));

/*
 * getrandom(2): bytes written, or -errno.
 *
 * Not a cancellation point. The thread may be cancelled asynchronously or leave by siglongjmp():
 * it gets another state after a few calls, and the one it had is lost (1.4 KiB).
 */
ssize_t vgetrandom_core_getrandom(void *buf, size_t len, unsigned int flags)
	__attribute__((warn_unused_result));

/*
 * Fills all @len bytes of @buf, retrying as needed; for getentropy(3) and arc4random(3).
 *
 * Returns 0, or -errno of getrandom(2); then @buf may have been filled in part.
 */
int vgetrandom_core_fill(void *buf, size_t len) __attribute__((warn_unused_result));

/*
 * A thread that ends calls this after its last destructor, while its record is still there. Wipes
 * its state and gives it back, unless a draw of the thread is still under way: then the state is
 * lost. Makes no system call. Any later draws use the system call.
 */
void vgetrandom_core_thread_exit(void);

/*
 * Wipes the calling thread's state. For the child of a fork, where the kernel has done it: a second
 * line of defence for processes whose memory is no longer wiped, because a checkpointer restored
 * its contents and not its properties. May interrupt a draw.
 */
void vgetrandom_core_forked(void);

/*
 * Performs in advance the setup that first calls would do, for the calling thread and @nthreads
 * more at a time. Afterwards the core makes no system call but getrandom(2).
 *
 * In the child of a fork the core still maps nothing: threads that find none of the parent's free
 * states use getrandom(2) until the child calls this function itself.
 *
 * Returns 0; -ENOMEM, also for more threads than Linux can have (2^22); -EOPNOTSUPP if the kernel
 * cannot wipe memory on fork, or if, for the provider inprocess, there is no vDSO to read the clock
 * from; -EAGAIN while the kernel's RNG is not ready yet. After an error it may be called
 * again, and the other functions work as without it. Not for signal handlers.
 */
int vgetrandom_core_prepare(unsigned int nthreads) __attribute__((warn_unused_result));

/*
 * Switches to @provider, in every thread.
 *
 * Returns 0; -EINVAL for an unknown one, -EOPNOTSUPP if it does not work here (then nothing
 * changes). Not for signal handlers.
 */
int vgetrandom_core_set_provider(enum vgetrandom_provider provider)
	__attribute__((warn_unused_result));

/*
 * The provider in use; never AUTO. Chooses one if need be.
 */
enum vgetrandom_provider vgetrandom_core_get_provider(void);

/*
 * Fills in @stats.
 */
void vgetrandom_core_stats(struct vgetrandom_stats *stats) __attribute__((nonnull));

#ifdef __cplusplus
}
#endif
#endif
