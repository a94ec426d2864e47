/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What stepping needs from an architecture: a trap after every instruction, and the
 * interrupted registers. Needs <ucontext.h> with _GNU_SOURCE.
 */
#ifndef VGR_CHECK_ARCH_H
#define VGR_CHECK_ARCH_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#define CHECK_TRAP_FLAG        0x100
#define CHECK_PAGE_FAULT_WRITE 0x2

/* Calls @function with @args; SIGTRAP comes before each of its instructions and after its end. */
uint64_t check_stepped_call(const void *function, const uint64_t args[6]);
extern const char check_stepped_return[];
extern const char check_stepped_over[];

static inline uintptr_t check_ip(const ucontext_t *context)
{
	return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
}

static inline uintptr_t check_sp(const ucontext_t *context)
{
	return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
}

/*
 * Makes a function, at whose first instruction the stack pointer was @frame, return to
 * check_stepped_over, where a trap comes that check_end_step_over() recognizes and leads to where
 * it would have returned to.
 */
static inline uintptr_t check_step_over(ucontext_t *context, uintptr_t frame)
{
	uintptr_t *return_address = (uintptr_t *)frame;
	uintptr_t saved = *return_address;

	*return_address = (uintptr_t)check_stepped_over;
	context->uc_mcontext.gregs[REG_EFL] &= ~CHECK_TRAP_FLAG;
	return saved;
}

static inline bool check_end_step_over(ucontext_t *context, uintptr_t return_address)
{
	if (check_ip(context) != (uintptr_t)check_stepped_over + 1)
		return false;
	context->uc_mcontext.gregs[REG_RIP] = (greg_t)return_address;
	context->uc_mcontext.gregs[REG_EFL] |= CHECK_TRAP_FLAG;
	return true;
}

static inline void check_stop_stepping(ucontext_t *context)
{
	context->uc_mcontext.gregs[REG_EFL] &= ~CHECK_TRAP_FLAG;
}

/* Of a page fault: whether it was a store (or a load and a store in one). */
static inline bool check_was_store(const ucontext_t *context)
{
	return context->uc_mcontext.gregs[REG_ERR] & CHECK_PAGE_FAULT_WRITE;
}

static inline bool check_is_at_any_syscall(const ucontext_t *context)
{
	const unsigned char *code = (const unsigned char *)check_ip(context);

	return code[0] == 0x0f && code[1] == 0x05;
}

static inline bool check_is_at_syscall(const ucontext_t *context, long number)
{
	return check_is_at_any_syscall(context) && context->uc_mcontext.gregs[REG_RAX] == number;
}

/* Arguments of the system call that the context is at or comes from, and its result. */
static inline greg_t *check_syscall_arg(ucontext_t *context, unsigned int number)
{
	static const int registers[] = { REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9 };

	return &context->uc_mcontext.gregs[registers[number]];
}

static inline void check_set_syscall_result(ucontext_t *context, long result)
{
	context->uc_mcontext.gregs[REG_RAX] = result;
}

#define CHECK_VDSO_VERSION "LINUX_2.6"
#define CHECK_JUMP_LEN     12

/* The code of a jump to @to, wherever it is: movabs $to, %rax; jmp *%rax. */
static inline void check_make_jump(uint8_t code[CHECK_JUMP_LEN], const void *to)
{
	uint64_t address = (uintptr_t)to;

	code[0] = 0x48;
	code[1] = 0xb8;
	for (unsigned int i = 0; i < 8; i++)
		code[2 + i] = (uint8_t)(address >> 8 * i);
	code[10] = 0xff;
	code[11] = 0xe0;
}

/* From now on whoever reads the time-stamp counter, in this process and its children, reads the
 * same each time. Takes SIGSEGV. Returns false if the kernel cannot do that. */
bool check_stop_counter(void);

#endif
