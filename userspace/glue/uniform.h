/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_UNIFORM_H
#define VGR_UNIFORM_H

#include <stdint.h>

/*
 * A uniform number below @upper_bound (0 for a bound of 0 or 1), of uniform numbers by @next.
 *
 * The upper half of a 64-bit product is uniform if the few lower halves that would occur
 * once too often are refused. Source: D. Lemire, "Fast Random Integer Generation in an
 * Interval", ACM TOMACS 29 (2019), algorithm 5.
 */
static inline uint32_t vgr_uniform(uint32_t upper_bound, uint32_t (*next)(void))
{
	uint64_t product = (uint64_t)next() * upper_bound;

	if (upper_bound && (uint32_t)product < upper_bound) {
		uint32_t refused = -upper_bound % upper_bound;

		while ((uint32_t)product < refused)
			product = (uint64_t)next() * upper_bound;
	}
	return (uint32_t)(product >> 32);
}

#endif
