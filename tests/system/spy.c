// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See spy.h. */
#define _GNU_SOURCE
#include "spy.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "provider.h"
#include "system.h"

#define TABLE_SIZE 16384

struct entry {
	_Atomic(void *) state;
	_Atomic(void *) owner; /* a thread: where its last_state is */
	atomic_bool in_use;
};

static struct entry table[TABLE_SIZE];

/* One for each that is watched: slots belong to a provider, and each has its own states. */
static struct vgr_provider spies[VGR_NUM_PROVIDERS];
static const struct vgr_provider *real;
static __thread void *last_state __attribute__((tls_model("initial-exec")));

atomic_uint spy_conflicts;
void (*volatile spy_hook)(void);
atomic_uint spy_num_states;

static struct entry *entry_of(void *state)
{
	size_t i = (uintptr_t)state / 1024 % TABLE_SIZE;

	for (;; i = (i + 1) % TABLE_SIZE) {
		void *found = atomic_load(&table[i].state);

		if (!found && atomic_compare_exchange_strong(&table[i].state, &found, state)) {
			if (atomic_fetch_add(&spy_num_states, 1) > TABLE_SIZE / 2)
				abort();
			return &table[i];
		}
		if (found == state)
			return &table[i];
	}
}

static struct entry *begin(void *state)
{
	struct entry *entry = entry_of(state);
	void (*hook)(void) = spy_hook, *owner;

	last_state = state;
	if (hook) {
		spy_hook = NULL;
		hook();
	}
	owner = atomic_load(&entry->owner);
	if (atomic_exchange(&entry->in_use, true) || (owner && owner != &last_state))
		atomic_fetch_add(&spy_conflicts, 1);
	return entry;
}

static ssize_t watch(void *buffer, size_t len, unsigned int flags, void *state, size_t state_len)
{
	struct entry *entry = begin(state);
	ssize_t ret = real->getrandom(buffer, len, flags, state, state_len);

	atomic_store(&entry->in_use, false);
	return ret;
}

/* A small read makes no call of the image; but each asks, at its end, whether it counts. */
static int watch_clock(int clock, struct vgr_port_timespec *now)
{
	struct entry *entry = begin(state_of_this_thread());
	int err = real->clock(clock, now);

	atomic_store(&entry->in_use, false);
	return err;
}

static long watch_seconds(long *seconds)
{
	struct entry *entry = begin(state_of_this_thread());
	long now = real->seconds(seconds);

	atomic_store(&entry->in_use, false);
	return now;
}

static ssize_t watch_judge(void *buffer, size_t len, unsigned int flags, void *judge,
			   size_t judge_len)
{
	struct entry *entry = begin(state_of_this_thread());
	ssize_t ret = real->judge(buffer, len, flags, judge, judge_len);

	atomic_store(&entry->in_use, false);
	return ret;
}

void spy_on(enum vgetrandom_provider provider)
{
	struct vgr_provider *spy = &spies[provider];

	if (vgetrandom_set_provider(provider) != 0)
		abort();
	real = vgr_provider();
	*spy = *real;
	spy->getrandom = watch;
	if (real->clock)
		spy->clock = watch_clock;
	if (real->seconds)
		spy->seconds = watch_seconds;
	if (real->judge)
		spy->judge = watch_judge;
	vgr_provider_use(spy);
}

void *spy_state(void)
{
	return last_state;
}

void *spy_draw(void)
{
	char byte;

	last_state = NULL;
	if (vgetrandom(&byte, 1, 0) != 1)
		abort();
	return last_state;
}

void spy_claim(void *state)
{
	if (atomic_exchange(&entry_of(state)->owner, &last_state))
		atomic_fetch_add(&spy_conflicts, 1);
}

void spy_disclaim(void *state)
{
	atomic_store(&entry_of(state)->owner, NULL);
}

void spy_forget_claims(void)
{
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		atomic_store(&table[i].owner, NULL);
		atomic_store(&table[i].in_use, false);
	}
}

size_t spy_state_len(void)
{
	return real->state_len;
}
