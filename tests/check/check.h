/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vgetrandom-check: what a getrandom does when a fork, a page drop or a signal comes at any
 * instruction of it.
 *
 * Each run is a process of its own: it makes one call, instruction by instruction, injects at
 * one boundary (run.c, step.c), reports what parent and child got, and is judged from outside
 * (judge.c), so that a crash or a hang of the target is a finding and not the end. Start
 * reading at main.c; a new target is a row in targets.c, a new fault one in faults.c.
 */
#ifndef VGR_CHECK_H
#define VGR_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit statuses besides 0. */
#define CHECK_EXIT_UNSAFE  1
#define CHECK_EXIT_USAGE   2
#define CHECK_EXIT_SKIPPED 77

#define CHECK_SIZE_MAX     8192
#define CHECK_NESTED_MIN   32
#define CHECK_NESTED_MAX   1024

/* What is drawn after the call, and how many of these outputs are looked at. */
#define CHECK_NEXT_LEN       32
#define CHECK_NEXT_CALLS     100
#define CHECK_NEXT_KEPT      8
#define CHECK_RECOVERY_CALLS 12

/* More of a call is not recorded. */
#define CHECK_STEPS_MAX   (1L << 19)

#define CHECK_WORKERS_MAX 64

/* A line on stderr, with the program's name in front. */
void check_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Memory that is shared with children, zeroed; aborts if there is none. */
void *check_shared_alloc(size_t len);

#endif
