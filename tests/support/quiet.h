/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Counts what native costs while the kernel does not reseed. It does each minute, and whenever
 * another test has it do so; each thread of native then makes three system calls more. What was
 * counted meanwhile is counted again:
 *
 *	struct vgt_quiet quiet = { 0 };
 *
 *	do {
 *		vgt_quiet_begin(&quiet);
 *		... a draw, which notices a reseed of before; then what is counted ...
 *	} while (!vgt_quiet_end(&quiet));
 *
 * On the other providers, which notice no reseed of the kernel, once.
 */
#ifndef VGT_QUIET_H
#define VGT_QUIET_H

#include <stdbool.h>
#include <stdint.h>

struct vgt_quiet {
	uint64_t generation;
	unsigned int tries;
};

/*
 * Both may make a system call. Aborts, with a line that says so, if the kernel reseeded in each of
 * a hundred tries.
 */
void vgt_quiet_begin(struct vgt_quiet *quiet);

/* Returns whether the kernel did not reseed since vgt_quiet_begin(). */
bool vgt_quiet_end(const struct vgt_quiet *quiet);

#endif
