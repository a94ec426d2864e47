/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * ChaCha20 as a function of the explorer. It reads the key where the real one does, and stores in
 * as many steps, of the same lengths and in the same order: so a fault can fall between any two.
 * The real one is run once, in the emulator, to see them.
 */
#ifndef EXPLORE_CHACHA_H
#define EXPLORE_CHACHA_H

#include "image.h"

/* The version of our image, at @entry. */
void explore_chacha_add(uint64_t entry);

/*
 * The one of Linux's function in @image, which has no name: it is whatever that function calls.
 */
void explore_chacha_add_linux(const struct explore_image *image);

/* Whether the call on top is about to enter it. */
bool explore_chacha_is_entry(uint64_t pc);

/*
 * The next step of the call on top: reads the key; each store; then returns. Boundaries lie
 * between steps.
 */
void explore_chacha_step(void);

#endif
