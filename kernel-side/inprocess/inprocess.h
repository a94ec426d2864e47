/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The in-process kernel side: what a kernel provides to the image, for one process. Internal to the
 * library; nothing here is exported.
 */
#ifndef VGR_INPROCESS_H
#define VGR_INPROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vgetrandom/abi.h>
#include <vgetrandom/port.h>

#include "vgetrandom.h"

/*
 * The embedded image: page-aligned, an ELF shared object. NULL: this build has none, or the image's
 * code is linked in like any other.
 */
const void *vgr_inprocess_image(void);

/* The image's __vdso_getrandom(). NULL: this build has none. */
vgr_getrandom_fn *vgr_inprocess_function(void);

/*
 * The data page of the image, part of the text if that is embedded: ready, at generation 1 for
 * ever, and with the ChaCha20 that every machine of the architecture can run, so that the image
 * works before vgr_inprocess_start() and where that is refused. Who draws through it finds out by
 * other means that a key is too old, and wipes the state.
 */
const struct vgetrandom_rng_data *vgr_inprocess_rng_data(void);

/*
 * Has the image compute ChaCha20 at the level @chacha_max, a VGETRANDOM_CHACHA_*, if the machine
 * has it, else at its best. At any time, also while other threads draw; async-signal-safe.
 *
 * Returns 0 or -errno: then the level stays what it was.
 */
int vgr_inprocess_start(uint32_t chacha_max);

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

/*
 * CLOCK_MONOTONIC_COARSE: nobody can set it, and it is read without the counter, which would be the
 * expensive part. A number, because <linux/time.h> and a libc's <time.h> exclude each other.
 */
#define VGR_CLOCK 6

/*
 * clock_gettime(2) of the kernel's vDSO, or of the port where that has none; then each look at the
 * clock is a system call.
 */
typedef int vgr_gettime_fn(int clock, struct vgr_port_timespec *now);

vgr_gettime_fn *vgr_find_clock(void);

/*
 * time(2) of the kernel's vDSO: the seconds of CLOCK_REALTIME, in a load. (User Mode Linux and some
 * emulators have a system call there, and it may fail.) That clock can be set, so nothing is
 * measured by it: while it says the same as when VGR_CLOCK was looked at, that need not be looked
 * at again.
 */
typedef long vgr_time_fn(long *seconds);

/* Returns NULL where the vDSO has none: of our architectures only x86-64 has it. */
vgr_time_fn *vgr_find_seconds(void);

#endif
