/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The cheapest clock of the machine, for single calls. Ticks are turned into nanoseconds with
 * their rate against the monotonic clock, measured in the same run.
 */
#ifndef VGR_BENCH_TICKS_H
#define VGR_BENCH_TICKS_H

#include <stdint.h>
#include <time.h>

/*
 * Neither begins before what stands in front of it is done, nor does what follows begin before
 * them: the fences keep a call's own instructions between its two readings.
 */
#if defined(__x86_64__)
#define BENCH_TICKS_NAME "TSC"
static inline uint64_t bench_ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}
#elif defined(__aarch64__)
#define BENCH_TICKS_NAME "cntvct"
static inline uint64_t bench_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
	return ticks;
}
#else
#define BENCH_TICKS_NAME "CLOCK_MONOTONIC"
static inline uint64_t bench_ticks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
#endif

#endif
