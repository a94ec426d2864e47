/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The in-process kernel side: what a kernel provides to the image, for one process.
 *
 * The RNG data page in front of the embedded image, its generation, and memory for
 * states. Internal to the library; nothing here is exported.
 */
#ifndef VGR_INPROCESS_H
#define VGR_INPROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vgetrandom/abi.h>

/* Longest life of a generation in seconds, like CRNG_RESEED_INTERVAL of Linux. */
#define VGR_RESEED_INTERVAL_S 60

/* Seconds of a wall clock that is cheap to read; the argument is NULL. */
typedef long vgr_clock_fn(long *unused);

struct vgr_inprocess {
	vgr_clock_fn *clock;
	uint64_t renewed_at; /* by that clock; renewal is due an interval later */
	bool started;
	bool stays_writable; /* the data page, see vgr_inprocess_forgo_mprotect() */
};

extern struct vgr_inprocess vgr_inprocess;

/*
 * The embedded image: page-aligned, an ELF shared object.
 */
const void *vgr_inprocess_image(void);

/*
 * The data page of the embedded image; all zero until vgr_inprocess_start().
 */
const struct vgetrandom_rng_data *vgr_inprocess_rng_data(void);

/*
 * Puts the data page in front of the image and starts the generation.
 *
 * @chacha_max: the ChaCha20 level, VGETRANDOM_CHACHA_*, if the machine has it; above that
 *              its best
 *
 * Returns 0 or -errno. Starting again sets the level anew. The caller sees to it that no
 * two threads start at once.
 */
int vgr_inprocess_start(uint32_t chacha_max);

/*
 * Whether the generation is due for renewal. To be asked before every call of the image: an
 * interval has passed, or the clock was set back, or it was set ahead. In two steps, so that a
 * caller keeps no register over the call of the clock.
 */
static inline uint64_t vgr_inprocess_now(const struct vgr_inprocess *self)
{
	return (uint64_t)self->clock(NULL);
}

/* Pairs with the release of whoever renewed: who finds that it is not due sees what is new, too. */
static inline bool vgr_inprocess_is_due(const struct vgr_inprocess *self, uint64_t now)
{
	return now - __atomic_load_n(&self->renewed_at, __ATOMIC_ACQUIRE) >= VGR_RESEED_INTERVAL_S;
}

/*
 * Whether that clock is a function of the kernel's vDSO. Else each look at it is a system call.
 */
bool vgr_inprocess_has_vdso_clock(void);

/*
 * Changes the generation, so that every state takes a new key before its next byte.
 *
 * Returns 0, or -errno: somebody else is at it (-EBUSY) or the page could not be written.
 * Then the image must not be used for this call. Async-signal-safe.
 */
int vgr_inprocess_renew(void);

/*
 * Leaves the data page writable from now on, so that renewals need no system call but
 * getrandom(2): for a process that will forbid itself mprotect(2) and rt_sigprocmask(2).
 *
 * Returns 0 or -errno; -EBUSY while a renewal goes on in another thread.
 */
int vgr_inprocess_forgo_mprotect(void);

/*
 * The clock of the kernel's vDSO, each in a file of the architecture: @vdso is what AT_SYSINFO_EHDR
 * says, or NULL. Returns NULL if there is none. It makes no system call.
 */
vgr_clock_fn *vgr_vdso_clock(const void *vdso);

/*
 * The best ChaCha20 level of this machine, VGETRANDOM_CHACHA_*, and the highest that it has: what
 * the CPU has and the operating system saves.
 */
uint32_t vgr_cpu_chacha_level(void);
uint32_t vgr_cpu_chacha_max(void);

/* The level that a bound leaves: the bound itself, or the best if the machine has not that much. */
static inline uint32_t vgr_cpu_chacha_within(uint32_t bound)
{
	return bound <= vgr_cpu_chacha_max() ? bound : vgr_cpu_chacha_level();
}

#endif
