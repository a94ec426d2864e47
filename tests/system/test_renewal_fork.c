// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A fork at every instruction of a renewal, by another thread, for which here the handler stands:
 * the child's first draw finds the renewal due, takes a new key and leaves the data page closed.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boundary.h"
#include "child.h"
#include "inprocess.h"
#include "outputs.h"
#include "providers.h"
#include "victim.h"

#define STRIDE (HAS_ADDRESS_SANITIZER ? 7 : 1)

static struct boundaries found;
static struct one_call call = { .len = 32 };
static struct outputs seen;
static unsigned char (*in_child)[32];

/* Children whose data page was open when they came to be. */
static atomic_uint *num_open;
static int child_status;

static atomic_long fake_now = 1000000;

static long fake_clock(long *unused)
{
	(void)unused;
	return atomic_load(&fake_now);
}

/* A byte of the page that means nothing: a page that is closed is EFAULT to the system call. */
static bool is_writable(const void *data_page)
{
	return syscall(SYS_getrandom, (char *)(uintptr_t)data_page + 2048, 1, 0) == 1;
}

/* What a child does that was another thread of the parent: it draws, and an interval later again.
 */
static __attribute__((noreturn)) void be_child(void)
{
	const struct vgetrandom_rng_data *data = vgr_inprocess_rng_data();
	uint64_t generation;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (is_writable(data))
		atomic_fetch_add(num_open, 1);
	if (vgetrandom(in_child[0], 32, 0) != 32)
		_exit(1);
	if (is_writable(data))
		_exit(2);
	generation = data->generation;
	atomic_fetch_add(&fake_now, VGR_RESEED_INTERVAL_S);
	if (vgetrandom(in_child[1], 32, 0) != 32 || data->generation == generation)
		_exit(3);
	_exit(is_writable(data) ? 4 : 0);
}

static void fork_child(void *unused)
{
	long pid = raw_fork();

	(void)unused;
	if (pid == 0)
		be_child();
	if (waitpid((pid_t)pid, &child_status, 0) != pid)
		child_status = -1;
}

static void renew(void *unused)
{
	(void)unused;
	atomic_fetch_add(&fake_now, VGR_RESEED_INTERVAL_S);
	make_one_call(&call);
}

Test(renewal_fork, childs_first_draw_closes_the_data_page)
{
	need_provider(VGETRANDOM_PROVIDER_INPROCESS);
	call.victim = &library_inprocess;
	cr_assert(call.victim->start());
	vgr_inprocess.clock = fake_clock;
	in_child = vgt_shared(64);
	num_open = vgt_shared(sizeof(*num_open));
	outputs_init(&seen, 1 << 16);
	make_one_call(&call);
	boundaries_include_blocked = true;
	boundaries_find(&found, renew, NULL);
	for (size_t i = 0; i < found.num; i += STRIDE) {
		boundary_break(found.at[i].address, fork_child, NULL);
		renew(NULL);
		if (!boundary_clear())
			continue;
		cr_assert_eq(child_status, 0,
			     "fork at boundary %zu of %zu (%lx) of a renewal: expected status 0, "
			     "actual %x",
			     i, found.num, found.at[i].address, (unsigned int)child_status);
		cr_assert(outputs_add(&seen, in_child, 64), "child at boundary %zu: %s", i,
			  seen.why);
		if (found.at[i].before_image_end > 0)
			cr_assert(outputs_add(&seen, call.buf, 32), "parent at boundary %zu: %s", i,
				  seen.why);
		cr_assert(!is_writable(vgr_inprocess_rng_data()));
	}
	cr_assert_gt(found.num, 200);
	cr_assert_gt(*num_open, 0, "expected forks while the page is open");
}
