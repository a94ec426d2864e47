// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What __vdso_getrandom() of the embedded image leaves to the system call, and how it asks. Whether
 * that was made is seen by letting it answer with an error that it does not have, in a child,
 * through a seccomp filter.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>

#include "child.h"
#include "state-fixture.h"
#include "oracle.h"
#include "seccomp.h"

#define SYSCALL_ERROR 777 /* what the system call answers in a child of these tests */
#define CAPPED_ERROR  778 /* the same, if it was asked for the most that a read may be */
#define READ_LEN_MAX  0x7ffff000u

TestSuite(abi_syscall, .init = state_setup);

static void watch_syscall(void)
{
	const struct vgt_rule rules[] = {
		{ SYS_getrandom, 1, UINT32_MAX, READ_LEN_MAX, VGT_ANSWER(CAPPED_ERROR) },
		{ SYS_getrandom, -1, 0, 0, VGT_ANSWER(SYSCALL_ERROR) },
	};

	vgt_seccomp_install(rules, sizeof(rules) / sizeof(*rules));
}

/* In a child: the call must come to the system call, and leave @st as it was. */
static void child_expects_syscall(const char *what, struct vgr_state *st, size_t len,
				  unsigned int flags, size_t state_len)
{
	struct vgr_state before = *st;
	ssize_t ret = fn(buf, len, flags, st, state_len);

	if (ret != -SYSCALL_ERROR)
		vgt_child_fail("%s: expected the system call's answer, got %zd", what, ret);
	if (memcmp(&before, st, sizeof(before)) != 0)
		vgt_child_fail("%s: the state was changed, %s", what,
			       vgt_difference(&before, st, sizeof(before)));
}

/* The same on a state that could be used, and on one without a seed. */
static void child_expects_syscall_on_both(const char *what, size_t len, unsigned int flags,
					  size_t state_len)
{
	child_expects_syscall(what, &states[0], len, flags, state_len);
	child_expects_syscall(what, &states[1], len, flags, state_len);
}

/* In a child: the second state gets a seed, then the system call is watched. */
static void seed_and_watch_syscall(void)
{
	if (fn(buf, 16, 0, &states[1], STATE_LEN) != 16)
		vgt_child_fail("no bytes");
	watch_syscall();
}

static void child_with_wrong_opaque_len(void *unused)
{
	static const size_t wrong[] = { 0, 1, 144, STATE_LEN - 1, STATE_LEN + 1, ~0UL };

	(void)unused;
	seed_and_watch_syscall();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		child_expects_syscall_on_both("wrong opaque_len", 16, 0, wrong[i]);
}

Test(abi_syscall, wrong_opaque_len_is_decided_by_the_system_call)
{
	expect_in_filtered_child(child_with_wrong_opaque_len, NULL);
}

static void child_with_unknown_flags(void *unused)
{
	(void)unused;
	seed_and_watch_syscall();
	for (unsigned int flags = 6; flags < 256; flags++)
		child_expects_syscall_on_both("flags", 16, flags, STATE_LEN);
	for (unsigned int bit = 8; bit < 32; bit++)
		child_expects_syscall_on_both("high flags", 16, 1u << bit, STATE_LEN);
	child_expects_syscall_on_both("flags and len 0", 0, 0x80, STATE_LEN);
}

Test(abi_syscall, unknown_flags_are_decided_by_the_system_call)
{
	expect_in_filtered_child(child_with_unknown_flags, NULL);
}

/* Once it is ready the RNG stays so. A state that has a key saw that, and need not look again. */
static void child_before_ready(void *unused)
{
	static const size_t lens[] = { 1, 4, 16, 32, 33, 48, 64, 512, 513, 5000 };

	(void)unused;
	seed_and_watch_syscall();
	vgt_image_set_ready(0);
	child_expects_syscall_on_both("not ready, no bytes", 0, 0, STATE_LEN);
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		child_expects_syscall("not ready", &states[0], lens[i], 0, STATE_LEN);
		if (fn(buf, lens[i], 0, &states[1], STATE_LEN) != (ssize_t)lens[i])
			vgt_child_fail("a state with a key is not used, %zu bytes", lens[i]);
	}
	vgt_image_set_ready(1);
	if (fn(buf, 16, 0, &states[1], STATE_LEN) != 16)
		vgt_child_fail("ready again, but the state is not used");
	child_expects_syscall("ready, but no seed to be had", &states[0], 0, 0x80, STATE_LEN);
	if (fn(buf, 16, 0, &states[0], STATE_LEN) != -SYSCALL_ERROR)
		vgt_child_fail("a state without a seed gave bytes");
}

Test(abi_syscall, not_ready_is_decided_by_the_system_call)
{
	expect_in_filtered_child(child_before_ready, NULL);
}

static void child_with_busy_state(void *unused)
{
	static const size_t lens[] = { 1, 4, 32, 33, 512, 513, 5000 };

	(void)unused;
	if (fn(buf, 16, 0, states, STATE_LEN) != 16)
		vgt_child_fail("no bytes");
	states->token = (uintptr_t)&states;
	states[1].token = 1;
	watch_syscall();
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		child_expects_syscall("busy", &states[0], lens[i], 0, STATE_LEN);
		child_expects_syscall("busy without a key", &states[1], lens[i], 0, STATE_LEN);
	}
	if (fn(buf, 0, 0, states, STATE_LEN) != 0)
		vgt_child_fail("len 0 on a busy state");
}

Test(abi_syscall, busy_state_is_decided_by_the_system_call)
{
	expect_in_filtered_child(child_with_busy_state, NULL);
}

/*
 * The length that reaches the system call is the length after the limit, and the filter sees it:
 * no need to make two GiB of random numbers. Nothing looks at the buffer.
 */
static void child_with_long_reads(void *unused)
{
	static const size_t lens[] = { READ_LEN_MAX, READ_LEN_MAX + 1u,      INT32_MAX,
				       0x80000000u,  (size_t)UINT32_MAX + 1, SIZE_MAX / 2,
				       SIZE_MAX };

	(void)unused;
	states[0].token = 1;
	watch_syscall();
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		/* Once because it is busy, once because there is no seed. */
		for (unsigned int state = 0; state < 2; state++) {
			ssize_t ret = fn(buf, lens[i], 0, &states[state], STATE_LEN);

			if (ret != -CAPPED_ERROR)
				vgt_child_fail("len %#zx on state %u is not cut to %#x: %zd",
					       lens[i], state, READ_LEN_MAX, ret);
		}
	}
	if (fn(buf, READ_LEN_MAX - 1, 0, states, STATE_LEN) != -SYSCALL_ERROR)
		vgt_child_fail("a read below the limit was cut, too");
}

Test(abi_syscall, long_reads_are_cut_like_the_system_call_does)
{
	expect_in_filtered_child(child_with_long_reads, NULL);
}
