/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * System calls of the ABIs that a kernel has besides a program's own, if the program can make them
 * all the same: vgetrandom_alloc() is in none of them, for whose vDSO there is no function of ours.
 * One file for each architecture.
 */
#ifndef OTHER_CALLS_H
#define OTHER_CALLS_H

void check_other_calls(long number);

#endif
