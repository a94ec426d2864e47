// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How many instructions a call of the kernel's own vDSO function takes, refills and all, but no
 * reseed: the processor traps after each, and those in the vDSO are counted. The same on every
 * machine, so it does not matter that this one is emulated. x86-64 only.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#include "job.h"
#include "maps.h"
#include "memory.h"

#define TRAP_FLAG (1UL << 8)
/* So many bytes of each length: whole batches of our function, and of Linux's. */
#define BYTES_EACH (928 * 6)
#define CALLS_MIN  4
/* Early after the boot the kernel reseeds every five seconds. */
#define ATTEMPTS 50

static const size_t lengths[] = { 4, 8, 16, 32, 64, 256, 1024, 4096 };

static uintptr_t image_start, image_end;
static volatile unsigned long num_steps, num_reseeds;

static void on_step(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *at = context;
	uintptr_t ip = (uintptr_t)at->uc_mcontext.gregs[REG_RIP];

	(void)signal;
	(void)info;
	if (ip < image_start || ip >= image_end)
		return;
	num_steps++;
	/* syscall: of a call that succeeds, the one that gets a key. */
	num_reseeds += memcmp((const void *)ip, "\x0f\x05", 2) == 0;
}

static void set_trap_flag(bool on)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags) : : "memory");
	flags = on ? flags | TRAP_FLAG : flags & ~TRAP_FLAG;
	__asm__ volatile("pushq %0; popfq" : : "r"(flags) : "memory", "cc");
}

/* @num calls, from a new state on; returns whether none of them took another key. */
static bool count_calls(const struct memory *memory, void *state, size_t len, size_t num)
{
	static unsigned char buf[4096];

	memset(state, 0, memory->state_len);
	memory_draw(memory, state, buf, len);
	num_steps = num_reseeds = 0;
	for (size_t i = 0; i < num; i++) {
		set_trap_flag(true);
		memory->getrandom(buf, len, 0, state, memory->state_len);
		set_trap_flag(false);
	}
	return num_reseeds == 0;
}

static double per_call(const struct memory *memory, void *state, size_t len)
{
	size_t num = BYTES_EACH / len < CALLS_MIN ? CALLS_MIN : BYTES_EACH / len;

	for (int i = 0; i < ATTEMPTS; i++)
		if (count_calls(memory, state, len, num))
			return (double)num_steps / (double)num;
	job_fail("%zu bytes: the kernel reseeded in each of %d attempts", len, ATTEMPTS);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_step, .sa_flags = SA_SIGINFO };
	struct job_option options[] = { { NULL, NULL } };
	char text[256] = "";
	struct memory memory;
	struct vgt_vma vma;
	size_t mapped_len;
	void *state;

	job_start(argc, argv, options);
	memory_open(&memory, "native");
	if (!memory.getrandom)
		job_skip("the kernel's vDSO has no getrandom()");
	state = memory_map(&memory, PAGE_LEN, &mapped_len);
	if (!vgt_vma_of(memory.image, &vma))
		job_fail("the vDSO is not in the list of mappings");
	image_start = vma.start;
	image_end = vma.end;
	sigaction(SIGTRAP, &action, NULL);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		double num = per_call(&memory, state, lengths[i]);

		job_note("%zu bytes: %.1f instructions a call", lengths[i], num);
		job_check(num > 10, "%zu bytes take more than %.1f instructions", lengths[i], num);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%zu: %.0f",
			 i ? ", " : "", lengths[i], num);
	}
	job_finish("%s", text);
}
