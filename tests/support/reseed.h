/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Reseeds, made by a test: the generation on a data page, as a kernel side would change it, and the
 * kernel's own.
 */
#ifndef VGT_RESEED_H
#define VGT_RESEED_H

#include <stdbool.h>
#include <vgetrandom/abi.h>

/*
 * Changes the generation on @data, a data page that is read-only else. Returns false if it cannot
 * be written. Async-signal-safe.
 */
bool vgt_next_generation(const struct vgetrandom_rng_data *data);

/* Has the kernel reseed its RNG (RNDRESEEDCRNG, needs CAP_SYS_ADMIN). Async-signal-safe. */
bool vgt_reseed_kernel(void);

#endif
