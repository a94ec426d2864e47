/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A call that one thread begins and another one ends: a signal handler in it switches contexts, as
 * a scheduler of fibers does. One call at a time; x86-64 only, because of boundary.h.
 */
#ifndef VGS_PARKED_H
#define VGS_PARKED_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "boundary.h"
#include "child.h"
#include "providers.h"

/* Enough to take the parked call for dead, and to be in the batch of another state then. */
#define PARKED_DRAWS_ON  12
#define PARKED_DRAWS_MAX (4 * PARKED_DRAWS_ON)
#define PARKED_BUSY_MAX  8

/* How the state is found by the call. */
enum parked_mode {
	PARKED_IN_BATCH,
	PARKED_EXHAUSTED,
	PARKED_WIPED,
	PARKED_NUM_MODES,
};

#define PARKED_NUM_LENS 4
extern const size_t parked_lens[PARKED_NUM_LENS];
#define PARKED_NUM_RUNS (PARKED_NUM_LENS * PARKED_NUM_MODES)

/* What a thread draws beside the call. */
struct parked_drawer {
	pthread_t thread;
	unsigned char drawn[PARKED_DRAWS_MAX][16];
	size_t num;
};

/*
 * first:     where the call begins, and whoever else runs there
 * second:    where it ends
 * found:     where it can be parked
 * target, len, ret: the call's
 * resume:    posted when the second thread may go on with it
 */
extern struct parked {
	struct parked_drawer first, second;
	struct boundaries found;
	unsigned char *target;
	size_t len;
	volatile ssize_t ret;
	volatile bool is_parked;
	sem_t resume;
} parked;

/* In a child: the second thread, and a state for this one. */
void parked_start(void);
void parked_end(void);

/* Finds all boundaries of a call for parked.len bytes. */
void parked_find(enum parked_mode mode);
void parked_set_mode(enum parked_mode mode);

/* Makes the call until it ends or is parked. */
void parked_begin(void);
void parked_make_call(void *unused);
void parked_park(void *unused);

/* Until the second thread has ended the call. */
void parked_wait(void);

void parked_draw(struct parked_drawer *drawer, size_t num);

/* What @drawer drew, and the call, must be new and right; the call was parked at found.at[@at]. */
void parked_keep(struct parked_drawer *drawer, const char *who, size_t at);
void parked_check(size_t at);
void parked_expect_fast_path(struct parked_drawer *drawer, size_t at);

/* Runs @body in a child, for a test: here, because only tests have Criterion. */
static inline void parked_run(void (*body)(void *), void *arg)
{
	char why[VGT_CHILD_WHY_SIZE];

	if (HAS_ADDRESS_SANITIZER)
		cr_skip_test("AddressSanitizer must be told of each switch of stacks");
	cr_assert(vgt_run_child(body, arg, why), "%s", why);
}

#endif
