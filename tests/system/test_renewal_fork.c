// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A fork at every instruction of a call that finds its key too old. The child ends the call like
 * the parent, each with a key of its own, and its keys last no longer than the parent's.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boundary.h"
#include "child.h"
#include "draw.h"
#include "outputs.h"
#include "providers.h"
#include "victim.h"

#define STRIDE   (HAS_ADDRESS_SANITIZER ? 7 : 1)
#define BUSY_MAX 8

static struct boundaries found;
static struct one_call call = { .len = 32 };
static struct outputs seen;
static unsigned char (*in_child)[32];
static long pid;

/* The child comes back from this, too, into the middle of the call. */
static void fork_child(void *unused)
{
	(void)unused;
	pid = raw_fork();
}

static void make_due_call(void *unused)
{
	(void)unused;
	atomic_fetch_add(&fake_now, VGR_RESEED_INTERVAL_S);
	make_one_call(&call);
}

/* What the interrupted call drew, and another draw; exit status: what was wrong. */
static __attribute__((noreturn)) void end_child(void)
{
	uint64_t reseeds;

	memcpy(in_child[0], call.buf, 32);
	if (call.ret != 32 || vgetrandom(in_child[1], 32, 0) != 32)
		_exit(1);
	reseeds = stats_now().reseeds;
	atomic_fetch_add(&fake_now, VGR_RESEED_INTERVAL_S);
	if (vgetrandom(in_child[2], 32, 0) != 32)
		_exit(2);
	if (stats_now().reseeds == reseeds)
		_exit(3);
	_exit(stats_now().fallback_no_state ? 4 : 0);
}

static void fork_at(size_t i)
{
	int status;

	pid = -1;
	boundary_break(found.at[i].address, fork_child, NULL);
	make_due_call(NULL);
	if (pid == 0)
		end_child();
	if (!boundary_clear())
		return;
	cr_assert_eq(waitpid((pid_t)pid, &status, 0), pid);
	cr_assert_eq(status, 0, "fork at boundary %zu of %zu (%lx): expected status 0, actual %x",
		     i, found.num, found.at[i].address, (unsigned int)status);
	/*
	 * Once the last check of a call is passed, its bytes are in the parent's hands and in its
	 * memory, so in the child's, too: only what comes after that is another.
	 */
	if (memcmp(in_child[0], call.buf, 32) == 0)
		cr_assert_lt(found.at[i].before_image_end, 0,
			     "fork at boundary %zu of %zu (%lx), %ld instructions before the "
			     "clock's last: the child ended the call with the parent's bytes",
			     i, found.num, found.at[i].address, found.at[i].before_image_end);
	else
		cr_assert(outputs_add(&seen, in_child[0], 32), "child at %zu: %s", i, seen.why);
	cr_assert(outputs_add(&seen, in_child[1], 64), "child at boundary %zu: %s", i, seen.why);
	cr_assert(outputs_add(&seen, call.buf, 32), "parent at boundary %zu: %s", i, seen.why);
}

Test(renewal_fork, child_ends_the_call_with_a_key_of_its_own)
{
	need_provider(VGETRANDOM_PROVIDER_INPROCESS);
	call.victim = &library_inprocess;
	cr_assert(call.victim->start());
	use_fake_clock();
	in_child = vgt_shared(96);
	outputs_init(&seen, 1 << 16);
	make_one_call(&call);
	boundaries_find(&found, make_due_call, NULL);
	for (size_t i = 0; i < found.num; i += STRIDE)
		fork_at(i);
	cr_assert_gt(found.num / STRIDE, 100 / STRIDE);
}
