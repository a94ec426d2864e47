/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The instruction boundaries of a call, and stopping at one of them.
 *
 * Finding: the call runs once under the trap flag, which raises SIGTRAP after each
 * instruction. That costs up to 20 us a step in a virtual machine, so stopping goes another way:
 * a breakpoint instruction in the code, in this process only. What is injected runs in the
 * handler, so as a signal handler between two instructions of the call. x86-64 only. For one
 * thread at a time.
 */
#ifndef VGS_BOUNDARY_H
#define VGS_BOUNDARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOUNDARIES_MAX 16384

/* Of a function that a test has in the place of one of the kernel's vDSO. */
#define VGS_STAND_IN __attribute__((noinline, section("stand_ins")))

struct boundary {
	uintptr_t address;

	/*
	 * Instructions from here to the last one in the image (in the kernel's vDSO, in what stands
	 * in for that), where this is met farthest from it; negative: after it.
	 */
	long before_image_end;
};

struct boundaries {
	struct boundary at[BOUNDARIES_MAX];
	size_t num;
};

/* Runs @call(@arg) and adds each instruction that was met and was not there before. */
void boundaries_find(struct boundaries *found, void (*call)(void *arg), void *arg);

/*
 * The next time that @address is executed, @inject runs before it, once; it may leave by
 * siglongjmp(). Returns false if no breakpoint can be set there.
 */
bool boundary_break(uintptr_t address, void (*inject)(void *arg), void *arg);

/* Takes the breakpoint away if it was not met yet. Returns whether it was met. */
bool boundary_clear(void);

#endif
