// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * At every instruction boundary of a call: a nested call, a page drop, both. test_boundary_fork.c
 * has a fork there.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "outputs.h"
#include "sweep.h"

/* How often a fault is repeated after which four bytes were zero. */
#define REPEATS 20

enum fault { NESTED, WIPE, WIPE_NESTED, NESTED_WIPE, NUM_FAULTS };
static const char *const fault_names[] = { "nested call", "page drop", "page drop, nested call",
					   "nested call, page drop" };

static struct outputs seen;
static unsigned int num_zero;

static void inject_fault(void *arg)
{
	enum fault fault = *(enum fault *)arg;

	if (fault == WIPE || fault == WIPE_NESTED)
		call.victim->wipe();
	if (fault != WIPE)
		nest();
	if (fault == NESTED_WIPE)
		call.victim->wipe();
}

/*
 * Whether what was drawn is new and not zero. A short output can only be looked at, and is zero by
 * chance, too, but not twice at a boundary; of a long one the middle is only looked at, so that the
 * set stays small.
 */
static bool is_right(const void *buf, size_t len)
{
	static const unsigned char zero[8];

	if (len < 8)
		return memcmp(buf, zero, len) != 0 || num_zero++ == 0;
	if (len <= 1024)
		return outputs_add(&seen, buf, len);
	return !has_zero_window(buf, len) && outputs_add(&seen, buf, 256) &&
	       outputs_add(&seen, (const char *)buf + len - 256, 256);
}

static void check(const void *buf, size_t len, const char *what, enum fault fault, size_t i)
{
	cr_assert(is_right(buf, len), "%s, %zu bytes, %s at boundary %zu of %zu (%lx): %s: %s",
		  call.victim->name, call.len, fault_names[fault], i, found.num,
		  found.at[i].address, what, seen.why);
}

/* A failed call may have left the state bad for the next ones. */
static void check_next_calls(enum fault fault, size_t i)
{
	unsigned char buf[32];

	for (int next = 0; next < 3; next++) {
		cr_assert_eq(call.victim->draw(buf, sizeof(buf)), (ssize_t)sizeof(buf));
		check(buf, sizeof(buf), "next call", fault, i);
	}
}

/* Some boundaries are met by every call, some by the first on a new state, or at a refill. */
static bool inject_at(enum fault fault, size_t i)
{
	bool met = false;

	for (int tries = 0; tries < calls_max() && !met; tries++) {
		nested_len = 0;
		memset(call.buf, 0, call.len);
		if (tries == calls_max() / 2)
			call.victim->wipe();
		if (!boundary_break(found.at[i].address, inject_fault, &fault))
			return false;
		make_one_call(&call);
		met = boundary_clear();
		cr_assert_eq(call.ret, (ssize_t)call.len, "expected %zu, actual %zd", call.len,
			     call.ret);
		check(call.buf, call.len, "interrupted call", fault, i);
		if (nested_len)
			check(nested_buf, nested_len, "nested call", fault, i);
	}
	check_next_calls(fault, i);
	return met;
}

static void sweep(const struct victim *victim, size_t len, enum fault fault)
{
	size_t injected = 0;

	for (size_t i = 0; i < found.num; i += STRIDE) {
		num_zero = 0;
		injected += inject_at(fault, i);
		for (int n = 0; n < REPEATS && num_zero; n++)
			inject_at(fault, i);
	}
	cr_assert_gt(injected, found.num / STRIDE / 2,
		     "%s, %zu bytes: expected most of %zu boundaries, "
		     "actual %zu",
		     victim->name, len, found.num, injected);
}

static void sweep_all(const struct victim *victim)
{
	if (!victim->start())
		cr_skip_test("no %s on this kernel", victim->name);
	for (size_t i = 0; i < NUM_LENS; i++) {
		cr_assert(sweep_find(victim, lens[i]),
			  "expected all of ChaCha20 and more, actual %zu boundaries", found.num);
		for (enum fault fault = 0; fault < NUM_FAULTS; fault++) {
			outputs_init(&seen, 4 << 20);
			sweep(victim, lens[i], fault);
			outputs_free(&seen);
		}
	}
}

Test(boundary, wipes_and_nested_calls_in_the_raw_function)
{
	sweep_all(&raw_inprocess);
}

Test(boundary, wipes_and_nested_calls_in_the_library)
{
	sweep_all(&library_inprocess);
}

Test(boundary, wipes_and_nested_calls_in_the_library_on_native)
{
	sweep_all(&library_native);
}
