// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * splitmix64: any seed will do, and a case can be computed again by hand.
 * Source: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators".
 */
#include "random.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void vgt_random_init(struct vgt_random *r)
{
	const char *wanted = getenv("VGETRANDOM_TEST_SEED");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	r->seed = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec +
		  (uint64_t)getpid() * 0x9e3779b97f4a7c15;
	if (wanted)
		r->seed = strtoull(wanted, NULL, 0);
	r->state = r->seed;
}

uint64_t vgt_random_next(struct vgt_random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint64_t vgt_random_below(struct vgt_random *r, uint64_t bound)
{
	return vgt_random_next(r) % bound;
}

void vgt_random_fill(struct vgt_random *r, void *buf, size_t len)
{
	unsigned char *p = buf;

	for (size_t i = 0; i < len; i++)
		p[i] = (unsigned char)(vgt_random_next(r) >> 32);
}
