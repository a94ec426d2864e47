// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The state machine when the system call does not give what it was asked for, or the RNG is
 * reseeded meanwhile. A seccomp filter has the last word on getrandom(2), in a child: an
 * errno, or a trap to a handler that plays the kernel.
 * I1 to I9 are the invariants of vdso/README.md.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "child.h"
#include "guard.h"
#include "seccomp.h"
#include "state-fixture.h"

/* Draws of a call before it asks the kernel for the bytes themselves. */
#define ATTEMPTS 2

TestSuite(state_kernel, .init = state_setup);

/* It always answers the same; 0 bytes are too few for a seed. I7. */
static void child_without_seeds(void *answer)
{
	static const size_t sizes[] = { 1, 16, 32, 33, 512, 700, 5000 };
	const int error = *(const int *)answer;
	const struct vgt_rule rule = { SYS_getrandom, -1, 0, 0, VGT_ANSWER(error) };

	if (fn(buf, 16, 0, &states[1], STATE_LEN) != 16)
		vgt_child_fail("no bytes");
	vgt_image_set_generation(generation() + 1);
	vgt_seccomp_install(&rule, 1);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		for (unsigned int state = 0; state < 2; state++) {
			struct vgr_state *st = &states[state];
			ssize_t ret;

			memset(buf, MARK, sizeof(buf));
			ret = fn(buf, sizes[i], 0, st, STATE_LEN);
			if (ret != -error)
				vgt_child_fail("state %u, %zu bytes: expected %d, got %zd", state,
					       sizes[i], -error, ret);
			if (st->generation != 0 || st->token != 0)
				vgt_child_fail("state %u, %zu bytes: generation %lu, token %#lx",
					       state, sizes[i], (unsigned long)st->generation,
					       (unsigned long)st->token);
			if (!vgt_all_are(buf, sizeof(buf), MARK) && !vgt_all_are(buf, sizes[i], 0))
				vgt_child_fail("state %u, %zu bytes: the buffer was written to",
					       state, sizes[i]);
		}
	}
}

Test(state_kernel, without_a_seed_the_system_call_decides)
{
	static const int answers[] = { EINTR, EAGAIN, ENOSYS, EPERM, 0 };

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		expect_in_filtered_child(child_without_seeds, (void *)&answers[i]);
}

/* The kernel as the handler plays it. */
static struct {
	struct vgetrandom_rng_data *data; /* NULL: the RNG is not reseeded */
	long seed_answer;                 /* to a request for a seed; 0: what was asked for */
	bool seeds_fail;
	long answer; /* to any other request; 0: what was asked for */
	unsigned int num_seeds;
	unsigned int num_others;
	size_t last_len;
} kernel;

/* Gives bytes of which each says which call it was. */
static void play_kernel(int signal, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	const size_t len = (size_t)regs[REG_RSI];
	const bool is_seed = len == VGR_SEED_LEN;
	long answer = is_seed ? kernel.seed_answer : kernel.answer;

	(void)signal;
	(void)info;
	if (answer == 0 && !(is_seed && kernel.seeds_fail))
		answer = (long)len;
	if (is_seed)
		kernel.num_seeds++;
	else
		kernel.num_others++;
	kernel.last_len = len;
	if (answer > 0)
		memset((void *)regs[REG_RDI], (int)(kernel.num_seeds + kernel.num_others),
		       (size_t)answer);
	if (kernel.data)
		kernel.data->generation++;
	regs[REG_RAX] = answer;
}

static void take_over_getrandom(void)
{
	const struct vgt_rule rule = { SYS_getrandom, -1, 0, 0, SECCOMP_RET_TRAP };
	struct sigaction action = { .sa_sigaction = play_kernel, .sa_flags = SA_SIGINFO };

	sigaction(SIGSYS, &action, NULL);
	vgt_seccomp_install(&rule, 1);
}

static const size_t lens[] = { 1, 4, 16, 32, 33, 512, 700, 5000 };

#define NUM_LENS (sizeof(lens) / sizeof(*lens))

static ssize_t draw_from_fresh(size_t len)
{
	memset((void *)states, 0, STATE_LEN);
	memset(buf, MARK, sizeof(buf));
	kernel.num_seeds = 0;
	kernel.num_others = 0;
	return fn(buf, len, 0, states, STATE_LEN);
}

/* I5: the RNG is reseeded whenever a seed was taken. */
static void child_with_endless_reseeds(void *unused)
{
	(void)unused;
	kernel.data = vgt_image_open_data_page();
	take_over_getrandom();
	for (size_t i = 0; i < NUM_LENS; i++) {
		ssize_t ret = draw_from_fresh(lens[i]);

		if (ret != (ssize_t)lens[i])
			vgt_child_fail("%zu bytes: got %zd", lens[i], ret);
		if (kernel.num_seeds != ATTEMPTS || kernel.num_others != 1 ||
		    kernel.last_len != lens[i])
			vgt_child_fail("%zu bytes: %u seeds, then %u requests, the last for %zu",
				       lens[i], kernel.num_seeds, kernel.num_others,
				       kernel.last_len);
		if (!vgt_all_are(buf, lens[i], ATTEMPTS + 1))
			vgt_child_fail("%zu bytes: not the kernel's", lens[i]);
		if (states->token != 0)
			vgt_child_fail("%zu bytes: still marked as in use", lens[i]);
		if (states->generation == generation())
			vgt_child_fail("%zu bytes: an old key counts as new", lens[i]);
	}
}

Test(state_kernel, endless_reseeds_end_in_the_system_call)
{
	expect_in_filtered_child(child_with_endless_reseeds, NULL);
}

/* What was drawn from a key that is out of date does not stay in the buffer. */
static void child_with_short_answer(void *answer)
{
	kernel.data = vgt_image_open_data_page();
	kernel.answer = *(const long *)answer;
	take_over_getrandom();
	for (size_t i = 0; i < NUM_LENS; i++) {
		size_t good = kernel.answer > 0 ? (size_t)kernel.answer : 0;
		ssize_t ret;

		if (lens[i] < good)
			continue;
		ret = draw_from_fresh(lens[i]);
		if (ret != kernel.answer)
			vgt_child_fail("%zu bytes: expected %ld, got %zd", lens[i], kernel.answer,
				       ret);
		if (!vgt_all_are(buf, good, ATTEMPTS + 1))
			vgt_child_fail("%zu bytes: the kernel's bytes are not there", lens[i]);
		if (!vgt_all_are(buf + good, lens[i] - good, 0))
			vgt_child_fail("%zu bytes: what was given up is still there", lens[i]);
		if (!vgt_all_are(buf + lens[i], 64, MARK))
			vgt_child_fail("%zu bytes: wrote beyond", lens[i]);
	}
}

Test(state_kernel, what_was_given_up_does_not_stay_in_the_buffer)
{
	static const long answers[] = { 1, 5, 16, -EINTR };

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		expect_in_filtered_child(child_with_short_answer, (void *)&answers[i]);
}

/* I7: a seed that is cut short is none. */
static void child_with_short_seeds(void *answer)
{
	kernel.seed_answer = *(const long *)answer;
	kernel.seeds_fail = true;
	take_over_getrandom();
	for (size_t i = 0; i < NUM_LENS; i++) {
		ssize_t ret = draw_from_fresh(lens[i]);

		if (ret != (ssize_t)lens[i] || kernel.num_seeds != 1 || kernel.num_others != 1)
			vgt_child_fail("%zu bytes, seed of %ld: got %zd, %u seeds and %u requests",
				       lens[i], kernel.seed_answer, ret, kernel.num_seeds,
				       kernel.num_others);
		if (!vgt_all_are(buf, lens[i], 2))
			vgt_child_fail("%zu bytes: not the kernel's", lens[i]);
		if (states->generation != 0 || states->token != 0)
			vgt_child_fail("%zu bytes: generation %lu, token %#lx", lens[i],
				       (unsigned long)states->generation,
				       (unsigned long)states->token);
	}
}

Test(state_kernel, seed_that_is_cut_short_is_not_used)
{
	static const long answers[] = { 0, 1, 31, 32, VGR_SEED_LEN - 1, -EINTR };

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		expect_in_filtered_child(child_with_short_seeds, (void *)&answers[i]);
}
