// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgr_local_*() of arch.h, which invariant I3 rests on: a signal handler that does the same to the
 * same word finds each done or not begun, so no update is ever lost. An emulator that interrupts
 * only between blocks of instructions must be told to make blocks of one.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/time.h>

#include "access.h"
#include "arch.h"
#include "plain.h"

#define NUM_ROUNDS     2000000
#define MIN_INTERRUPTS 100

/* What the handler does is in the upper half of each word, what it interrupts in the lower one. */
#define HANDLERS ((uint64_t)1 << 32)

static uint64_t added, exchanged;
static _Alignas(8) vgr_unaligned64 xored;
static _Alignas(4) vgr_unaligned32 xored_short;
static volatile uint64_t interrupts;

static bool add_by_exchange(uint64_t v)
{
	uint64_t seen = READ_ONCE(exchanged);

	return vgr_local_cmpxchg(&exchanged, seen, seen + v);
}

static void interrupt(int unused)
{
	(void)unused;
	interrupts++;
	vgr_local_add(&added, HANDLERS);
	vgr_local_xor64(&xored, interrupts * HANDLERS);
	vgr_local_xor32(&xored_short, (uint32_t)interrupts << 24);
	while (!add_by_exchange(HANDLERS))
		;
}

int main(void)
{
	const struct itimerval often = { { 0, 100 }, { 0, 100 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = interrupt, .sa_flags = SA_RESTART };
	uint64_t rounds = 0, want_xored = 0, want_exchanged = 0, failed = 0;
	uint32_t want_short = 0;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (; rounds < NUM_ROUNDS || interrupts < MIN_INTERRUPTS; rounds++) {
		uint64_t i = rounds + 1;

		vgr_local_add(&added, 1);
		vgr_local_xor64(&xored, i);
		want_xored ^= i;
		vgr_local_xor32(&xored_short, (uint32_t)i & 0xffffff);
		want_short ^= (uint32_t)i & 0xffffff;
		if (add_by_exchange(1))
			want_exchanged++;
		else
			failed++;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	for (uint64_t i = 1; i <= interrupts; i++) {
		want_xored ^= i * HANDLERS;
		want_short ^= (uint32_t)i << 24;
	}
	printf("%lu interrupts, %lu exchanges failed\n", (unsigned long)interrupts,
	       (unsigned long)failed);
	expect(added == rounds + interrupts * HANDLERS, "%#lx", (unsigned long)added);
	expect(xored == want_xored, "%#lx, not %#lx", (unsigned long)xored,
	       (unsigned long)want_xored);
	expect(xored_short == want_short, "%#x, not %#x", xored_short, want_short);
	expect(exchanged == want_exchanged + interrupts * HANDLERS, "%#lx",
	       (unsigned long)exchanged);
	return 0;
}
