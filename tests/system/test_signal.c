// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Storms of timer signals whose handlers draw from the generator that they interrupt. Nothing
 * zero and nothing twice comes out of main program or handlers.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "boundary.h"
#include "outputs.h"
#include "providers.h"
#include "quiet.h"
#include "victim.h"

/* The name that glibc has for it from 2.37 on. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* For at least this long, and until the handlers have drawn this often. */
#define STORM_SECONDS     0.7
#define HANDLER_DRAWS_MIN 500
/* Nothing but signals that do not come takes so long. */
#define STORM_SECONDS_MAX 900

/* Then nothing is remembered any more. */
#define MAIN_WORDS_MAX (4 << 20)
#define BURST          64
#define LEAKING_MAX    5

/* Each level of handlers has a set of its own: it may interrupt another one's insertion. */
static struct outputs in_main, in_handler, in_nested_handler;
static const struct victim *victim;
static volatile size_t handler_draws, nested_draws;
static volatile bool handler_failed;
static size_t draws_per_signal;

static void draw_into(struct outputs *outputs, volatile size_t *count)
{
	unsigned char buf[24];

	for (size_t i = 0; i < draws_per_signal && outputs->num < outputs->size / 2; i++) {
		if (victim->draw(buf, sizeof(buf)) != sizeof(buf) ||
		    !outputs_add(outputs, buf, sizeof(buf)))
			handler_failed = true;
		++*count;
	}
}

static void on_timer(int signal)
{
	(void)signal;
	draw_into(&in_handler, &handler_draws);
}

static void on_second_timer(int signal)
{
	(void)signal;
	draw_into(&in_nested_handler, &nested_draws);
}

static timer_t start_timer(int signal, long interval_ns, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = signal };
	struct itimerspec times = { { 0, interval_ns }, { 0, interval_ns } };
	timer_t timer;

	event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
	sigaction(signal, &action, NULL);
	cr_assert_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	cr_assert_eq(timer_settime(timer, 0, &times, NULL), 0);
	return timer;
}

static bool handlers_have_drawn(bool nested)
{
	return handler_draws > HANDLER_DRAWS_MIN && (!nested || nested_draws > HANDLER_DRAWS_MIN);
}

/* Bursts of calls, so that the signals meet calls and not the bookkeeping of the test. */
static void draw_in_main(bool nested)
{
	static unsigned char burst[BURST][200];
	double end = seconds_now() + STORM_SECONDS;
	size_t calls = 0;

	while (seconds_now() < end || !handlers_have_drawn(nested)) {
		size_t len = calls++ % 8 ? 16 : 4 + calls % 197;

		for (int i = 0; i < BURST; i++)
			cr_assert_eq(victim->draw(burst[i], len), (ssize_t)len);
		for (int i = 0; i < BURST; i++)
			cr_assert(in_main.num < MAIN_WORDS_MAX
					  ? outputs_add(&in_main, burst[i], len)
					  : !has_zero_window(burst[i], len),
				  "%s: %s", victim->name, in_main.why);
		cr_assert(seconds_now() < end + STORM_SECONDS_MAX,
			  "expected more than %d draws in handlers, actual %zu and %zu",
			  HANDLER_DRAWS_MIN, handler_draws, nested_draws);
	}
}

static void storm(const struct victim *v, int flags, bool nested)
{
	timer_t timer, second = 0;

	victim = v;
	draws_per_signal = draws_per_signal ? draws_per_signal : 2;
	if (!v->start())
		cr_skip_test("no %s on this kernel", v->name);
	outputs_init(&in_main, MAIN_WORDS_MAX + BURST * 64);
	outputs_init(&in_handler, 1 << 20);
	outputs_init(&in_nested_handler, 1 << 20);
	timer = start_timer(SIGUSR1, 40000, on_timer, flags);
	if (nested)
		second = start_timer(SIGUSR2, 31000, on_second_timer, flags);
	draw_in_main(nested);
	timer_delete(timer);
	if (nested)
		timer_delete(second);
	cr_assert(!handler_failed, "in a handler: %s%s", in_handler.why, in_nested_handler.why);
	cr_assert(outputs_merge(&in_main, &in_handler) &&
			  outputs_merge(&in_main, &in_nested_handler),
		  "main program and handlers: %s", in_main.why);
}

Test(signals, storm_on_the_library)
{
	storm(&library_inprocess, 0, false);
}

Test(signals, storm_on_the_library_on_native)
{
	storm(&library_native, 0, false);
}

Test(signals, storm_on_the_raw_function)
{
	storm(&raw_inprocess, 0, false);
}

Test(signals, storm_of_nested_handlers_on_the_library)
{
	storm(&library_inprocess, 0, true);
}

Test(signals, storm_of_nested_handlers_on_the_raw_function)
{
	storm(&raw_inprocess, 0, true);
}

Test(signals, storm_on_an_alternate_stack)
{
	static char stack[1 << 16];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };

	sigaltstack(&alternate, NULL);
	storm(&library_inprocess, SA_ONSTACK, true);
}

Test(signals, storm_on_an_alternate_stack_on_the_raw_function)
{
	static char stack[1 << 16];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };

	sigaltstack(&alternate, NULL);
	storm(&raw_inprocess, SA_ONSTACK, true);
}

/* So many draws that the library takes the interrupted call for one that was left. */
static void storm_of_many_draws(const struct victim *v)
{
	struct droppable before, after;

	if (!v->start())
		cr_skip_test("no %s on this kernel", v->name);
	draws_per_signal = 12;
	before = count_droppable();
	storm(v, 0, false);
	after = count_droppable();
	cr_assert_leq(after.len, before.len + 256 * 1024,
		      "after %zu draws in handlers: expected some states more, actual %zu bytes",
		      handler_draws, after.len - before.len);
}

Test(signals, handlers_that_draw_much_do_not_use_up_memory)
{
	storm_of_many_draws(&library_inprocess);
}

Test(signals, handlers_that_draw_much_do_not_use_up_memory_on_native)
{
	storm_of_many_draws(&library_native);
}

/* The same at every instruction, so that it does not depend on luck. */
static void draw_much(void *unused)
{
	unsigned char buf[16];

	(void)unused;
	for (int i = 0; i < 12; i++)
		if (victim->draw(buf, sizeof(buf)) != sizeof(buf))
			handler_failed = true;
}

static void interrupt_often(struct one_call *call, uintptr_t address)
{
	for (int n = 0; n < 200; n++) {
		boundary_break(address, draw_much, NULL);
		make_one_call(call);
		if (!boundary_clear())
			break;
	}
}

TEST_EACH_PROVIDER(signals, handler_that_draws_much_at_every_instruction_leaks_no_state)
{
	static struct boundaries found;
	static struct one_call call = { .len = 32 };
	bool native = vgetrandom_get_provider() == VGETRANDOM_PROVIDER_NATIVE;
	size_t state_len = native ? 256 : 1024;
	struct droppable before;
	unsigned long leaked = 0;

	need_droppable();
	victim = native ? &library_native : &library_inprocess;
	cr_assert(victim->start());
	call.victim = victim;
	boundaries_find(&found, make_one_call, &call);
	for (size_t i = 0; i < found.num; i += HAS_ADDRESS_SANITIZER ? 17 : 1) {
		struct vgt_quiet quiet = { 0 };

		/* From a new batch on: which path a call takes depends on what is left of it. */
		do {
			vgt_quiet_begin(&quiet);
			cr_assert(victim->start());
			victim->wipe();
			make_one_call(&call);
			before = count_droppable();
			interrupt_often(&call, found.at[i].address);
		} while (!vgt_quiet_end(&quiet));
		/* A mapping is 64 states. */
		leaked += count_droppable().len > before.len + 64 * state_len;
	}
	cr_assert(!handler_failed);
	/*
	 * A state that is lost is only memory, and that is the better choice in the few
	 * instructions in which a call has the mark and not yet, or no more, the state, and in
	 * those between its last look at the mark and the store.
	 */
	cr_assert_leq(leaked, LEAKING_MAX,
		      "expected at most %d boundaries of %zu that leak a state each time they are "
		      "interrupted, actual %lu",
		      LEAKING_MAX, found.num, leaked);
}

/* A thread whose first call ever is made by a handler. */
static sem_t drawn;
static unsigned char first[16];

static void draw_first(int signal)
{
	(void)signal;
	if (vgetrandom(first, sizeof(first), 0) == sizeof(first))
		sem_post(&drawn);
}

static void *wait_for_signal(void *unused)
{
	while (sem_wait(&drawn) != 0)
		;
	return unused;
}

TEST_EACH_PROVIDER(signals, first_call_of_a_thread_in_a_handler)
{
	struct sigaction action = { .sa_handler = draw_first };
	struct outputs seen;

	outputs_init(&seen, 4096);
	sem_init(&drawn, 0, 0);
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < 200; i++) {
		pthread_t thread;

		cr_assert_eq(pthread_create(&thread, NULL, wait_for_signal, NULL), 0);
		pthread_kill(thread, SIGUSR1);
		pthread_join(thread, NULL);
		cr_assert(outputs_add(&seen, first, sizeof(first)), "thread %d: %s", i, seen.why);
	}
}
