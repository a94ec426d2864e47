/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Threads that wait: each has made a call or none, and keeps whatever state that gave it.
 */
#ifndef VGR_BENCH_IDLE_H
#define VGR_BENCH_IDLE_H

#include <stdbool.h>

#include "bench.h"

/*
 * Starts @num threads that wait; the stack of each is touched, so that calls fault none of it in.
 *
 * Returns NULL if there are not so many. They stay as long as the process.
 */
struct bench_idle *bench_idle_start(unsigned int num);

/*
 * Makes each of the threads call once for @len bytes, then wait again. False if a call failed.
 */
bool bench_idle_call(struct bench_idle *idle, bench_loop_fn *loop, size_t len);

#endif
