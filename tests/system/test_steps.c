// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The system calls of each step of the library's life, exactly; and each of them failing, the first
 * time, the second time, and so on (the program is steps.c).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "providers.h"
#include "quiet.h"
#include "steps.h"
#include "trace.h"

#define MAP_TYPE_MASK      0x0f
#define MAP_TYPE_DROPPABLE 0x08

static const struct {
	const char *name;
	long nr;
	long failure; /* how it fails in real life */
} known[] = {
	{ "getrandom", SYS_getrandom, -ENOSYS },
	{ "mmap", SYS_mmap, -ENOMEM },
	{ "madvise", SYS_madvise, -EINVAL },
	{ "mprotect", SYS_mprotect, -ENOMEM },
	/* Where text is sealed. */
	{ "mremap", SYS_mremap, -EPERM },
	{ "mlock", SYS_mlock, -ENOMEM },
	{ "munmap", SYS_munmap, -EINVAL },
	/* The provider module, which is tried where the wanted one does not work. */
	{ "openat", SYS_openat, -ENOENT },
	{ "lseek", SYS_lseek, -EINVAL },
	{ "ioctl", SYS_ioctl, -ENOTTY },
	{ "close", SYS_close, -EIO },
};

#define NUM_KNOWN (sizeof(known) / sizeof(known[0]))

/* One run of the program: what is to fail, and what was seen. */
struct run {
	const char *provider;
	bool prepared;
	bool no_droppable; /* like a kernel that does not have it */
	long nr;           /* which system call fails; 0: none */
	unsigned int nth;  /* the first of them that does, from 1 */
	bool ever_after;   /* all the others, too */
	unsigned int num;  /* how many of @nr there were */
	unsigned int seen[NUM_STEPS][NUM_KNOWN];
	unsigned int num_at_load;
	char unknown[64]; /* any other call */
};

static size_t index_of(struct run *run, const struct traced_call *call)
{
	for (size_t i = 0; i < NUM_KNOWN; i++)
		if (known[i].nr == call->nr)
			return i;
	snprintf(run->unknown, sizeof(run->unknown), "system call %ld in step %d", call->nr,
		 call->step);
	return NUM_KNOWN;
}

static bool is_to_fail(struct run *run, const struct traced_call *call)
{
	if (call->nr != run->nr)
		return false;
	run->num++;
	return run->num == run->nth || (run->ever_after && run->num > run->nth);
}

static long on_call(void *arg, const struct traced_call *call)
{
	struct run *run = arg;
	size_t i = index_of(run, call);

	run->num_at_load += call->step == STEP_LOAD;
	if (i == NUM_KNOWN)
		return 0;
	run->seen[call->step][i]++;
	/* By chance, when two threads need memory at once; see README.md. */
	if (call->step == STEP_THREAD_CALL && call->nr == SYS_munmap)
		run->seen[call->step][i] = 0;
	if (run->no_droppable && call->nr == SYS_mmap &&
	    (call->args[3] & MAP_TYPE_MASK) == MAP_TYPE_DROPPABLE)
		return -EINVAL;
	return is_to_fail(run, call) ? known[i].failure : 0;
}

static void run_steps(struct run *run, bool recovers)
{
	char provider[64], sanitizer[] = "ASAN_OPTIONS=detect_leaks=0:abort_on_error=1";
	char *argv[] = { VGETRANDOM_STEPS_FAST, run->prepared ? "prepared" : "unprepared",
			 recovers ? "recovers" : NULL, NULL };
	char *env[] = { provider, sanitizer, NULL };
	int status;

	snprintf(provider, sizeof(provider), "VGETRANDOM_PROVIDER=%s", run->provider);
	status = trace_run(argv, env, on_call, run);
	cr_assert_eq(status, 0,
		     "%s, %s%s: call %ld fails, number %u%s: expected status 0, actual %x",
		     run->provider, argv[1], run->no_droppable ? ", not droppable" : "", run->nr,
		     run->nth, run->ever_after ? " and all others" : "", (unsigned int)status);
	cr_assert_str_empty(run->unknown, "%s, %s: expected none but the known, actual %s",
			    run->provider, argv[1], run->unknown);
}

static void need_trace(void)
{
	if (!trace_works())
		cr_skip_test("programs cannot be traced here");
}

/* "mmap 2, madvise 3" */
static const char *describe(const unsigned int *seen)
{
	static char text[256];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < NUM_KNOWN; i++)
		if (seen[i])
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
						len ? " " : "", known[i].name);
	return text;
}

struct expected {
	enum step step;
	const char *calls; /* which ones, in the order of known[] */
};

/* What is said of system calls is said of a program without it. */
static void need_no_sanitizer(void)
{
	if (HAS_ADDRESS_SANITIZER)
		cr_skip_test("AddressSanitizer maps memory of its own in every step");
}

static void expect_calls(const char *provider, bool prepared, const struct expected *expected,
			 size_t num)
{
	struct vgt_quiet quiet = { 0 };
	struct run run;

	need_no_sanitizer();
	need_trace();
	/* A reseed of the kernel is noticed by whichever step comes next. */
	do {
		vgt_quiet_begin(&quiet);
		run = (struct run){ .provider = provider, .prepared = prepared };
		run_steps(&run, true);
	} while (!vgt_quiet_end(&quiet));
	for (size_t i = 0; i < num; i++)
		cr_expect_str_eq(describe(run.seen[expected[i].step]), expected[i].calls,
				 "%s, %s, step %d: expected '%s', actual '%s'", provider,
				 prepared ? "prepared" : "unprepared", expected[i].step,
				 expected[i].calls, describe(run.seen[expected[i].step]));
}

#define NUM(array) (sizeof(array) / sizeof(array[0]))

/* What userspace/README.md says of each step. */
Test(steps, calls_of_a_prepared_process_inprocess)
{
	static const struct expected expected[] = {
		{ STEP_LOAD, "mmap mprotect mremap" },
		{ STEP_PREPARE, "getrandom mmap madvise" },
		{ STEP_FIRST_CALL, "" },
		{ STEP_CALL, "" },
		{ STEP_RENEWAL, "getrandom" },
		{ STEP_THREAD_CALL, "getrandom" },
		{ STEP_THREAD_EXIT, "" },
	};

	need_provider(VGETRANDOM_PROVIDER_INPROCESS);
	expect_calls("inprocess", true, expected, NUM(expected));
}

Test(steps, calls_of_an_unprepared_process_inprocess)
{
	static const struct expected expected[] = {
		{ STEP_FIRST_CALL, "getrandom mmap madvise" },
		{ STEP_CALL, "" },
		{ STEP_RENEWAL, "getrandom" },
		{ STEP_THREAD_CALL, "getrandom" },
		{ STEP_THREAD_EXIT, "" },
	};

	need_provider(VGETRANDOM_PROVIDER_INPROCESS);
	expect_calls("inprocess", false, expected, NUM(expected));
}

Test(steps, calls_of_a_prepared_process_native)
{
	static const struct expected expected[] = {
		{ STEP_LOAD, "mmap mprotect mremap" },
		{ STEP_PREPARE, "getrandom mmap madvise" },
		{ STEP_FIRST_CALL, "" },
		{ STEP_CALL, "" },
		{ STEP_THREAD_CALL, "getrandom" },
		{ STEP_THREAD_EXIT, "" },
	};

	need_provider(VGETRANDOM_PROVIDER_NATIVE);
	expect_calls("native", true, expected, NUM(expected));
}

Test(steps, calls_of_a_prepared_process_syscall)
{
	static const struct expected expected[] = {
		{ STEP_LOAD, "" },
		{ STEP_PREPARE, "getrandom mmap madvise" },
		{ STEP_FIRST_CALL, "getrandom" },
		{ STEP_CALL, "getrandom" },
		{ STEP_THREAD_CALL, "getrandom" },
		{ STEP_THREAD_EXIT, "" },
	};

	expect_calls("syscall", true, expected, NUM(expected));
}

/* What a program pays that is linked with the library, and never draws. */
Test(steps, calls_at_load)
{
	static const struct {
		const char *provider;
		unsigned int max, with_device; /* to map the module's image instead of ours */
	} most[] = {
		{ "auto", 4, 6 }, { "native", 4, 6 }, { "inprocess", 3, 3 }, { "syscall", 0, 0 }
	};
	bool has_device = access("/dev/vgetrandom", F_OK) == 0;

	need_no_sanitizer();
	need_trace();
	for (size_t i = 0; i < NUM(most); i++) {
		struct run run = { .provider = most[i].provider };
		unsigned int max = has_device ? most[i].with_device : most[i].max;

		run_steps(&run, true);
		cr_expect_leq(run.num_at_load, max,
			      "%s: expected at most %u system calls at load, actual %u (%s)",
			      most[i].provider, max, run.num_at_load,
			      describe(run.seen[STEP_LOAD]));
		cr_log_info("%s: %u system calls at load", most[i].provider, run.num_at_load);
	}
}

/* Each n until there are no more calls to fail. Returns how many runs that took. */
static unsigned int fail_each(struct run run, bool ever_after)
{
	unsigned int num = 0;

	for (unsigned int nth = 1;; nth++) {
		struct run this = run;

		this.nth = nth;
		this.ever_after = ever_after;
		run_steps(&this, !ever_after);
		if (this.num < nth)
			return num;
		num++;
	}
}

static void fail_every_call(long nr, bool no_droppable)
{
	static const char *const providers[] = { "inprocess", "native", "syscall" };
	unsigned int num = 0;

	need_trace();
	for (size_t i = 0; i < NUM(providers) * 4; i++) {
		struct run run = { .provider = providers[i / 4],
				   .prepared = i & 1,
				   .no_droppable = no_droppable,
				   .nr = nr };

		num += fail_each(run, i & 2);
	}
	cr_log_info("%u runs in which call %ld failed", num, nr);
	/* AddressSanitizer has an mlock() of its own, which does nothing. */
	cr_assert(num >= 8 || (HAS_ADDRESS_SANITIZER && nr == SYS_mlock));
}

Test(steps, every_mmap_may_fail)
{
	need_no_sanitizer();
	fail_every_call(SYS_mmap, false);
}

Test(steps, every_madvise_may_fail)
{
	fail_every_call(SYS_madvise, false);
}

Test(steps, every_mprotect_may_fail)
{
	fail_every_call(SYS_mprotect, false);
}

Test(steps, every_mremap_may_fail)
{
	fail_every_call(SYS_mremap, false);
}

Test(steps, every_mmap_may_fail_without_droppable_memory)
{
	need_no_sanitizer();
	fail_every_call(SYS_mmap, true);
}

Test(steps, every_madvise_may_fail_without_droppable_memory)
{
	fail_every_call(SYS_madvise, true);
}

Test(steps, every_mlock_may_fail_without_droppable_memory)
{
	fail_every_call(SYS_mlock, true);
}
