/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the sweeps over every boundary of a call share: the call, where its boundaries are, and a
 * call that is nested in it. For one thread.
 */
#ifndef VGS_SWEEP_H
#define VGS_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "boundary.h"
#include "system.h"
#include "victim.h"

/* The sanitized library has several times the instructions, and is slow: some of them will do. */
#define STRIDE   (HAS_ADDRESS_SANITIZER ? 7 : 1)

#define NUM_LENS 4
extern const size_t lens[NUM_LENS];

extern struct one_call call;
extern struct boundaries found;

/* What the nested call drew; 0 bytes: nothing yet. */
extern unsigned char nested_buf[64];
extern size_t nested_len;

/*
 * Makes @len bytes by @victim the call of the sweep and finds its boundaries, on a new state and
 * until a batch is exhausted. Returns false if there are fewer than ChaCha20 alone has.
 */
bool sweep_find(const struct victim *victim, size_t len);

/* Calls until a boundary is met: in their middle the state is to be wiped. */
int calls_max(void);

/* Makes the nested call. */
void nest(void);

#endif
