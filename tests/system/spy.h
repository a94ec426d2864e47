/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Watches which state each thread uses: a provider that is the one in use, but for functions in
 * between that take notes.
 */
#ifndef VGS_SPY_H
#define VGS_SPY_H

#include <stdatomic.h>
#include <stddef.h>
#include <vgetrandom/vgetrandom.h>

/* Uses @provider, watched. Until the next vgetrandom_set_provider(). Aborts if it does not work. */
void spy_on(enum vgetrandom_provider provider);

/* The state that the calling thread's last call used; NULL: none. */
void *spy_state(void);

/* The same after a draw. */
void *spy_draw(void);

/* From now on @state belongs to the calling thread, or to nobody. */
void spy_claim(void *state);
void spy_disclaim(void *state);

/* In the child of a fork. */
void spy_forget_claims(void);

/* How often a state was claimed that had an owner, or used while in use or by another thread. */
extern atomic_uint spy_conflicts;

/* How many states were ever seen. */
extern atomic_uint spy_num_states;

/* If not NULL, called once, inside the next call, when the thread's state is in use. */
extern void (*volatile spy_hook)(void);

size_t spy_state_len(void);

#endif
