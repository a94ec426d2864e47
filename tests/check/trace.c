// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The page of the state is inaccessible but for one instruction after each fault.
 * Async-signal-safe.
 */
#define _GNU_SOURCE
#include "trace.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "check-arch.h"
#include "state.h"

#define PAGE_LEN 4096

static const struct check_target *target; /* whose state is watched; NULL: none is */
static uint8_t *page;                     /* of that state; NULL: there is none yet */
static uintptr_t scratch;                 /* in that state, if it is one of ours */
static bool is_open;

bool check_is_traced(void)
{
	return target;
}

void check_trace_close(void)
{
	if (!page || !is_open)
		return;
	if (mprotect(page, PAGE_LEN, PROT_NONE) != 0)
		abort();
	is_open = false;
}

void check_trace_open(void)
{
	if (!page || is_open)
		return;
	if (mprotect(page, PAGE_LEN, PROT_READ | PROT_WRITE) != 0)
		abort();
	is_open = true;
}

void check_trace_end(void)
{
	check_trace_open();
	page = NULL;
	target = NULL;
}

static void note_load(long at, uintptr_t addr)
{
	struct check_visit *visits = check_process.run->visits;

	check_process.report->last_look = at;
	if (!visits || at < 0 || at >= CHECK_STEPS_MAX)
		return;
	visits[at].loads = true;
	visits[at].in_scratch = addr - scratch < VGR_CHACHA20_SCRATCH_LEN;
}

static void on_fault(int signal_number, siginfo_t *info, void *ucontext)
{
	ucontext_t *context = ucontext;
	uintptr_t offset = (uintptr_t)info->si_addr - (uintptr_t)page;
	bool in_image = check_ip(context) - check_function.image < check_function.image_len;

	if (!page || offset >= PAGE_LEN || is_open) {
		signal(signal_number, SIG_DFL);
		return;
	}
	if (in_image && !check_was_store(context))
		note_load(check_step_num() - 1, (uintptr_t)info->si_addr);
	check_trace_open();
}

/* A load from a page that is not there would be a fault that is not ours. */
void check_trace_follow(void)
{
	uint8_t *state = target && !page ? target->state() : NULL;

	if (!state)
		return;
	*(volatile uint8_t *)state;
	page = (uint8_t *)((uintptr_t)state & ~(uintptr_t)(PAGE_LEN - 1));
	scratch = (uintptr_t)state + offsetof(struct vgr_state, tail);
	is_open = true;
}

void check_trace_start(const struct check_run *run)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };

	check_trace_end();
	check_process.report->last_look = CHECK_NOWHERE;
	if (sigaction(SIGSEGV, &action, NULL) != 0)
		abort();
	target = run->trace && run->target->state ? run->target : NULL;
	check_trace_follow();
	check_trace_close();
}
