// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The mapping of the state is inaccessible but for one instruction after each fault. All of it: the
 * module's own memory is not split. Async-signal-safe.
 */
#define _GNU_SOURCE
#include "trace.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "check-arch.h"
#include "inject.h"
#include "state.h"

#define PAGE_LEN 4096

static const struct check_target *target; /* whose state is watched; NULL: none is */
static struct check_range mapping;        /* of that state; empty: there is none yet */
static uintptr_t scratch;                 /* in that state, if it is one of ours */
static bool is_open;

static void protect(int prot)
{
	if (mprotect((void *)mapping.start, mapping.end - mapping.start, prot) != 0)
		abort();
}

bool check_is_traced(void)
{
	return target;
}

void check_trace_close(void)
{
	if (is_open)
		protect(PROT_NONE);
	is_open = false;
}

void check_trace_open(void)
{
	if (mapping.end && !is_open)
		protect(PROT_READ | PROT_WRITE);
	is_open = true;
}

void check_trace_end(void)
{
	check_trace_open();
	mapping = (struct check_range){ 0 };
	is_open = false;
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
	uintptr_t at = (uintptr_t)info->si_addr;
	bool in_image = check_ip(context) - check_function.image < check_function.image_len;

	if (at < mapping.start || at >= mapping.end || is_open) {
		signal(signal_number, SIG_DFL);
		return;
	}
	if (in_image && !check_was_store(context))
		note_load(check_step_num() - 1, (uintptr_t)info->si_addr);
	check_trace_open();
}

static struct check_range mapping_of(uintptr_t address)
{
	struct check_range ranges[16], page;
	unsigned int num = check_find_maps(" dp wf", ranges, 16);

	for (unsigned int i = 0; i < num; i++)
		if (address >= ranges[i].start && address < ranges[i].end)
			return ranges[i];
	page.start = address & ~(uintptr_t)(PAGE_LEN - 1);
	page.end = page.start + PAGE_LEN;
	return page;
}

/* A load from a page that is not there would be a fault that is not ours. */
void check_trace_follow(void)
{
	uint8_t *state = target && !mapping.end ? target->state() : NULL;

	if (!state)
		return;
	*(volatile uint8_t *)state;
	mapping = mapping_of((uintptr_t)state);
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
