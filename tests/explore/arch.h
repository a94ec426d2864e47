/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the explorer has to know of an architecture; one descriptor in each folder of arch/.
 */
#ifndef EXPLORE_ARCH_H
#define EXPLORE_ARCH_H

#include "explore.h"

#define EXPLORE_REGS_MAX        36
#define EXPLORE_ARGS            6

#define EXPLORE_NO_DISASSEMBLER -1

enum explore_reservation { EXPLORE_LEAVES, EXPLORE_TAKES, EXPLORE_DROPS };

/* Zeros where the library is not explored: then getrandom(2) is the only one. */
struct explore_syscalls {
	unsigned int getrandom, mmap, munmap, madvise, mprotect, mlock, openat, clock_gettime;
};

struct explore_arch {
	const char *name;
	unsigned int elf_machine;
	bool big_endian;
	int uc_arch, uc_mode;
	int cs_arch, cs_mode; /* or EXPLORE_NO_DISASSEMBLER */

	/*
	 * Unicorn's numbers of the registers that are a call's own: general ones, stack pointer,
	 * program counter, flags. The state machine uses no other.
	 */
	int regs[EXPLORE_REGS_MAX];
	unsigned int num_regs;

	/*
	 * Where they cannot be saved: whether they decide what comes after @pc. No fault comes
	 * there then. NULL if they are a register like others.
	 */
	bool (*flags_decide)(uint64_t pc);

	/* So many at the end of regs never hold a random word: flags. */
	unsigned int num_flags;

	/* Places in regs. */
	unsigned int pc, sp, result;
	unsigned int args[EXPLORE_ARGS];
	unsigned int syscall_args[4];

	/* VGR_LOCAL_ALIGN of its port: what positions are multiples of, besides 4. */
	uint32_t local_align;

	/* Whether the call returns to an address on the stack, or in this register. */
	bool return_on_stack;
	unsigned int link;

	/* Bytes above its stack pointer that a function finds for its own use. */
	unsigned int above_sp;

	/* Registers that a function or the kernel may leave changed. */
	unsigned int scratch[24];
	unsigned int num_scratch;

	/* Where the number of a system call is, and what numbers the library's calls have. */
	unsigned int syscall_number;
	struct explore_syscalls syscalls;

	/* Unicorn's number of the thread pointer, and whether it points to itself. */
	int thread_pointer;
	bool thread_points_to_itself;
	/* One that does nothing. */
	uint8_t nop[4];

	/* The instruction of the system call. */
	uint8_t syscall[4];
	unsigned int syscall_len;

	/*
	 * An instruction that takes the CPU's reservation of an exclusive load away, as entering
	 * the kernel does; none if there are no such loads.
	 */
	uint8_t forget[4];
	unsigned int forget_len;

	/* What the instruction does to the reservation; NULL with no such loads. */
	enum explore_reservation (*reservation)(uint32_t insn);

	/* What is run once, to make the CPU what a process has; data may follow. */
	uint8_t setup[24];
	unsigned int setup_len;

	/* Versions of ChaCha20: symbol and number on the data page; NULL ends them. */
	struct {
		const char *symbol;
		uint32_t level;
	} chacha[6];

	/* What the kernel leaves in registers besides the result. */
	void (*syscall_done)(uint64_t *regs);
};

/* NULL if there is none. */
const struct explore_arch *explore_arch_find(unsigned int elf_machine);

#endif
