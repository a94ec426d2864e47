/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The steps of the program in steps.c. */
#ifndef VGS_STEPS_H
#define VGS_STEPS_H

enum step {
	STEP_NONE,
	STEP_LOAD,        /* constructors */
	STEP_PREPARE,     /* vgetrandom_prepare() */
	STEP_FIRST_CALL,  /* of the main thread */
	STEP_CALL,        /* one more */
	STEP_RENEWAL,     /* a call that finds its key too old; inprocess only */
	STEP_THREAD_CALL, /* the first call of each of several threads */
	STEP_THREAD_EXIT, /* what the library does when a thread ends */
	STEP_CHILD_CALL,  /* the first call after a fork; cannot be seen by a tracer */
	NUM_STEPS,
};

#endif
