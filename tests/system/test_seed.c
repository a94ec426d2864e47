// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The system call fails, is interrupted, or is not ready: for the seed of a key, for a renewal,
 * or always.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/random.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "inprocess.h"
#include "outputs.h"
#include "providers.h"
#include "quiet.h"
#include "seccomp.h"
#include "state.h"

#define BYTE_UNTOUCHED 0x5a

static volatile long seed_answer, other_answer;
static volatile bool is_ready;

/* What a read of a key's seed gets. */
static long answer_to_seeds(size_t len, unsigned int flags)
{
	(void)flags;
	return len == VGR_SEED_LEN ? seed_answer : (long)len;
}

static long answer_to_all(size_t len, unsigned int flags)
{
	(void)flags;
	return other_answer < 0 || other_answer < (long)len ? other_answer : (long)len;
}

static long answer_when_ready(size_t len, unsigned int flags)
{
	if (!is_ready && (flags & GRND_NONBLOCK))
		return -EAGAIN;
	return (long)len;
}

static void run(void (*body)(void *), void *arg)
{
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert(vgt_run_child(body, arg, why), "%s", why);
}

static const long seed_answers[] = { 0, 1, 31, 32, 39, -EINTR, -EAGAIN, -ENOSYS, -EPERM };
#define NUM_SEED_ANSWERS (sizeof(seed_answers) / sizeof(seed_answers[0]))

static void raw_without_seed(void *unused)
{
	static const size_t lens[] = { 4, 32, 200, 5000 };
	static unsigned char buf[5000];
	struct vgr_state *st;
	struct outputs seen;
	struct raw raw;

	(void)unused;
	raw_init(&raw);
	st = raw.state;
	outputs_init(&seen, 1 << 18);
	intercept_getrandom(answer_to_seeds);
	for (size_t i = 0; i < NUM_SEED_ANSWERS; i++) {
		for (size_t j = 0; j < 4; j++) {
			memset(buf, 0, sizeof(buf));
			seed_answer = seed_answers[i];
			if (raw.getrandom(buf, lens[j], 0, st, raw.state_len) != (ssize_t)lens[j] ||
			    (lens[j] >= 8 && !outputs_add(&seen, buf, lens[j])))
				vgt_child_fail("seed answer %ld, %zu bytes: %s", seed_answer,
					       lens[j], seen.why);
			if (st->generation != 0 || st->token != 0)
				vgt_child_fail("seed answer %ld: expected generation 0 and token "
					       "0, actual %lu and %lx",
					       seed_answer, (unsigned long)st->generation,
					       (unsigned long)st->token);
		}
		/* And back again. */
		seed_answer = VGR_SEED_LEN;
		if (raw.getrandom(buf, 32, 0, st, raw.state_len) != 32 ||
		    !outputs_add(&seen, buf, 32) || st->generation == 0)
			vgt_child_fail("after answer %ld: expected a key", seed_answers[i]);
		memset(st, 0, raw.state_len);
	}
}

Test(seed, short_or_failed_seed_leaves_no_key_in_the_raw_function)
{
	run(raw_without_seed, NULL);
}

static void library_without_seed(void *unused)
{
	unsigned char buf[100];
	struct outputs seen;

	(void)unused;
	outputs_init(&seen, 1 << 16);
	/* Whether the RNG is ready is asked once. */
	if (vgetrandom(buf, 1, 0) != 1)
		vgt_child_fail("errno %d", errno);
	intercept_getrandom(answer_to_seeds);
	for (size_t i = 0; i < NUM_SEED_ANSWERS; i++) {
		unsigned int before;

		seed_answer = seed_answers[i];
		change_generation();
		before = num_getrandom_calls;
		for (int n = 0; n < 20; n++)
			if (vgetrandom(buf, sizeof(buf), 0) != 100 || !outputs_add(&seen, buf, 96))
				vgt_child_fail("seed answer %ld: %s", seed_answer, seen.why);
		/* The seed, and the call itself, each time. */
		if (num_getrandom_calls - before != 40)
			vgt_child_fail("seed answer %ld: expected 40 system calls, actual %u",
				       seed_answer, num_getrandom_calls - before);
		seed_answer = VGR_SEED_LEN;
		before = num_getrandom_calls;
		for (int n = 0; n < 20; n++)
			if (vgetrandom(buf, sizeof(buf), 0) != 100 || !outputs_add(&seen, buf, 96))
				vgt_child_fail("after answer %ld: %s", seed_answers[i], seen.why);
		if (num_getrandom_calls - before != 1)
			vgt_child_fail("after answer %ld: expected 1 system call, actual %u",
				       seed_answers[i], num_getrandom_calls - before);
	}
}

Test(seed, short_or_failed_seed_leaves_no_key_in_the_library)
{
	need_provider(VGETRANDOM_PROVIDER_INPROCESS);
	run(library_without_seed, NULL);
}

/* Every system call fails; the library has no state yet, or one that is out of date. */
static void library_without_system_call(void *arg)
{
	static const int errors[] = { ENOSYS, EPERM, EINTR, EAGAIN, EIO };
	enum vgetrandom_provider provider = *(enum vgetrandom_provider *)arg;
	unsigned char buf[64];

	intercept_getrandom(answer_to_all);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		ssize_t ret;

		other_answer = -errors[i];
		memset(buf, BYTE_UNTOUCHED, sizeof(buf));
		errno = 0;
		ret = vgetrandom(buf, sizeof(buf), 0);
		if (ret != -1 || errno != errors[i])
			vgt_child_fail("%s: expected -1 with errno %d, actual %zd with errno %d",
				       vgetrandom_provider_name(provider), errors[i], ret, errno);
		/* As it was, or erased; nothing that a draw which did not count left. */
		for (size_t b = 0; b < sizeof(buf); b++)
			if (buf[b] != BYTE_UNTOUCHED && buf[b] != 0)
				vgt_child_fail("byte %zu was written", b);
		errno = 0;
		if (errors[i] != EINTR &&
		    (vgetrandom_getentropy(buf, sizeof(buf)) != -1 || errno != errors[i]))
			vgt_child_fail("getentropy: expected errno %d, actual %d", errors[i],
				       errno);
	}
	other_answer = 3;
	if (vgetrandom(buf, sizeof(buf), 0) != 3)
		vgt_child_fail("expected the system call's three bytes");
}

/* In the child of a fork, so each state is wiped and needs the system call. */
TEST_EACH_PROVIDER(seed, error_of_the_system_call_is_the_callers)
{
	enum vgetrandom_provider provider = vgetrandom_get_provider();
	char byte;

	run(library_without_system_call, &provider);
	cr_assert_eq(vgetrandom(&byte, 1, 0), 1);
	run(library_without_system_call, &provider);
}

TEST_EACH_PROVIDER(seed, arc4random_aborts_with_a_line)
{
	char line[256] = "";
	int fds[2], status;
	pid_t pid;

	if (!vgr_inprocess_image())
		cr_skip_test("this is the C library's arc4random(), which ends without a line");
	cr_assert_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		char buf[16];

		signal(SIGABRT, SIG_DFL);
		dup2(fds[1], STDERR_FILENO);
		other_answer = -ENOSYS;
		intercept_getrandom(answer_to_all);
		vgetrandom_arc4random_buf(buf, sizeof(buf));
		_exit(0);
	}
	close(fds[1]);
	cr_assert_gt(read(fds[0], line, sizeof(line) - 1), 0);
	waitpid(pid, &status, 0);
	close(fds[0]);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
		  "expected SIGABRT, actual status %x", status);
	cr_assert(strstr(line, "vgetrandom") && strchr(line, '\n'),
		  "expected a line of explanation, actual '%s'", line);
}

/* The filter that says so cannot be taken away again. */
static void start_before_ready(void *unused)
{
	const struct vgt_rule rule = {
		.nr = SYS_getrandom,
		.arg = 2,
		.mask = GRND_NONBLOCK,
		.value = GRND_NONBLOCK,
		.action = VGT_ANSWER(EAGAIN),
	};
	unsigned char buf[16];
	struct outputs seen;

	(void)unused;
	outputs_init(&seen, 1 << 12);
	vgt_seccomp_install(&rule, 1);
	if (!use_provider(VGETRANDOM_PROVIDER_INPROCESS))
		vgt_child_fail("expected the provider to start before the RNG is ready");
	for (int i = 0; i < 20; i++) {
		if (vgetrandom(buf, 16, GRND_NONBLOCK) != -1 || errno != EAGAIN)
			vgt_child_fail("expected EAGAIN before the RNG is ready");
		if (vgetrandom(buf, 16, 0) != 16 || !outputs_add(&seen, buf, 16))
			vgt_child_fail("before the RNG is ready: %s", seen.why);
	}
	if (state_of_this_thread() || stats_now().reseeds)
		vgt_child_fail("expected no state and no key before the RNG is ready");
}

static unsigned int num_waits;

static long answer_early(size_t len, unsigned int flags)
{
	if (!(flags & (GRND_NONBLOCK | GRND_INSECURE)))
		num_waits++;
	return flags & GRND_NONBLOCK ? -EAGAIN : (long)len;
}

/* Early at boot a wait can be for ever: nothing waits that the caller did not ask to. */
static void draw_early(void *unused)
{
	static const size_t lens[] = { 16, 64, 256, 5000 };
	static unsigned char buf[5000];

	(void)unused;
	intercept_getrandom(answer_early);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		ssize_t ret = vgetrandom(buf, lens[i], GRND_NONBLOCK);

		if (ret != -1 || errno != EAGAIN)
			vgt_child_fail("GRND_NONBLOCK, %zu bytes: expected -1 and EAGAIN, actual "
				       "%zd and %d",
				       lens[i], ret, errno);
		ret = vgetrandom(buf, lens[i], GRND_INSECURE);
		if (ret != (ssize_t)lens[i])
			vgt_child_fail("GRND_INSECURE, %zu bytes: actual %zd", lens[i], ret);
	}
	if (vgetrandom_prepare(0) != -1 || errno != EAGAIN)
		vgt_child_fail("expected vgetrandom_prepare() to fail with EAGAIN, actual %d",
			       errno);
	if (num_waits)
		vgt_child_fail("expected no call that waits, actual %u", num_waits);
}

TEST_EACH_PROVIDER(seed, nobody_waits_for_the_rng_unasked)
{
	run(draw_early, NULL);
}

/* In a process that has not used the in-process side yet. */
Test(seed, rng_is_not_ready_at_the_start)
{
	run(start_before_ready, NULL);
}

static void become_ready(void *unused)
{
	unsigned char buf[16];
	struct outputs seen;

	(void)unused;
	outputs_init(&seen, 1 << 12);
	intercept_getrandom(answer_when_ready);
	for (int i = 0; i < 20; i++) {
		if (vgetrandom(buf, 16, GRND_NONBLOCK) != -1 || errno != EAGAIN)
			vgt_child_fail("expected EAGAIN before the RNG is ready");
		if (vgetrandom(buf, 16, 0) != 16 || !outputs_add(&seen, buf, 16))
			vgt_child_fail("before the RNG is ready: %s", seen.why);
	}
	is_ready = true;
	for (int i = 0; i < 20; i++) {
		unsigned int before = num_getrandom_calls;

		if (vgetrandom(buf, 16, GRND_NONBLOCK) != 16 || !outputs_add(&seen, buf, 16))
			vgt_child_fail("once the RNG is ready: %s", seen.why);
		/* The first sees that it is, and takes a seed. */
		if (i > 0 && num_getrandom_calls != before)
			vgt_child_fail("call %d: expected no system call, actual %u", i,
				       num_getrandom_calls - before);
	}
}

TEST_EACH_PROVIDER(seed, rng_becomes_ready)
{
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert(vgt_quiet_run_child(become_ready, NULL, why), "%s", why);
}
