// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See boundary.h. */
#define _GNU_SOURCE
#include "boundary.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "inprocess.h"

#define PAGE_LEN         4096
#define IMAGE_LEN_MAX    0x8000
#define NATIVE_LEN_MAX   0x2000
#define STEPS_MAX        (1 << 20)
#define BREAK_INSN       0xcc
#define SYSCALL_INSN_LEN 2

/* The steps of one run, in order. */
static uintptr_t steps[STEPS_MAX];
static size_t num_steps;
static bool is_stepping;

static struct {
	unsigned char *insn; /* NULL: no breakpoint */
	unsigned char original;
	void (*inject)(void *arg);
	void *arg;
	bool met;
} stop;

static void die(const char *why)
{
	ssize_t unused = write(STDERR_FILENO, why, strlen(why));

	(void)unused;
	abort();
}

/* By the linker; NULL if the program has no stand-ins. */
extern const char __start_stand_ins[] __attribute__((weak));
extern const char __stop_stand_ins[] __attribute__((weak));

static bool is_in_image(uintptr_t address)
{
	return address - (uintptr_t)vgr_inprocess_image() < IMAGE_LEN_MAX ||
	       address - getauxval(AT_SYSINFO_EHDR) < NATIVE_LEN_MAX ||
	       address - (uintptr_t)__start_stand_ins <
		       (uintptr_t)__stop_stand_ins - (uintptr_t)__start_stand_ins;
}

static bool is_syscall(uintptr_t address)
{
	static const unsigned char insn[SYSCALL_INSN_LEN] = { 0x0f, 0x05 };

	return memcmp((const void *)address, insn, sizeof(insn)) == 0;
}

static void note_step(uintptr_t address)
{
	if (num_steps == STEPS_MAX)
		die("boundary.c: a call of too many steps\n");
	steps[num_steps++] = address;
}

static void on_trap(int signal, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal;
	(void)info;
	if (is_stepping) {
		note_step((uintptr_t)regs[REG_RIP]);
		/* The CPU does not stop right after a system call. */
		if (is_syscall((uintptr_t)regs[REG_RIP]))
			note_step((uintptr_t)regs[REG_RIP] + SYSCALL_INSN_LEN);
		return;
	}
	if (!stop.insn || (uintptr_t)regs[REG_RIP] != (uintptr_t)stop.insn + 1)
		die("boundary.c: a trap that is not ours\n");
	*stop.insn = stop.original;
	stop.insn = NULL;
	stop.met = true;
	regs[REG_RIP]--;
	stop.inject(stop.arg);
}

static inline __attribute__((always_inline)) void set_trap_flag(void)
{
	__asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "orq $0x100, (%%rsp)\n\t"
			 "popfq\n\t"
			 "leaq 128(%%rsp), %%rsp" ::
				 : "memory", "cc");
}

static inline __attribute__((always_inline)) void clear_trap_flag(void)
{
	__asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "andq $~0x100, (%%rsp)\n\t"
			 "popfq\n\t"
			 "leaq 128(%%rsp), %%rsp" ::
				 : "memory", "cc");
}

/* Nothing but what is injected may come on top, and the system calls that it is refused. */
static void install_handler(void)
{
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	sigfillset(&action.sa_mask);
	sigdelset(&action.sa_mask, SIGSYS);
	if (sigaction(SIGTRAP, &action, NULL) != 0)
		abort();
}

static void add(struct boundaries *found, uintptr_t address, long before_image_end)
{
	for (size_t i = 0; i < found->num; i++) {
		if (found->at[i].address != address)
			continue;
		if (found->at[i].before_image_end < before_image_end)
			found->at[i].before_image_end = before_image_end;
		return;
	}
	if (found->num == BOUNDARIES_MAX)
		die("boundary.c: too many boundaries\n");
	found->at[found->num++] = (struct boundary){ address, before_image_end };
}

void boundaries_find(struct boundaries *found, void (*call)(void *arg), void *arg)
{
	long image_end = 0;

	install_handler();
	num_steps = 0;
	is_stepping = true;
	set_trap_flag();
	call(arg);
	clear_trap_flag();
	is_stepping = false;
	for (size_t i = 0; i < num_steps; i++)
		if (is_in_image(steps[i]))
			image_end = (long)i;
	/* What leads to the call and away from it is ours. */
	for (size_t i = 0; i < num_steps; i++)
		add(found, steps[i], image_end - (long)i);
}

/* The kernel's vDSO is a mapping that cannot be split: all of it or nothing. */
static bool make_writable(uintptr_t address)
{
	uintptr_t native = getauxval(AT_SYSINFO_EHDR);
	bool is_native = address - native < NATIVE_LEN_MAX;
	uintptr_t page = is_native ? native : address & ~(uintptr_t)(PAGE_LEN - 1);

	for (size_t len = PAGE_LEN; len <= (is_native ? NATIVE_LEN_MAX : PAGE_LEN); len += PAGE_LEN)
		if (mprotect((void *)page, len, PROT_READ | PROT_WRITE | PROT_EXEC) == 0)
			return true;
	return false;
}

bool boundary_break(uintptr_t address, void (*inject)(void *arg), void *arg)
{
	install_handler();
	if (!make_writable(address))
		return false;
	stop.met = false;
	stop.inject = inject;
	stop.arg = arg;
	stop.insn = (unsigned char *)address;
	stop.original = *stop.insn;
	/* Last: this may be code that is about to be executed. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	*(volatile unsigned char *)address = BREAK_INSN;
	return true;
}

bool boundary_clear(void)
{
	if (stop.insn)
		*stop.insn = stop.original;
	stop.insn = NULL;
	return stop.met;
}
