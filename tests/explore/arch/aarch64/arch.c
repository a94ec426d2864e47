// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "../all.h"

#include <capstone/capstone.h>
#include <elf.h>
#include <unicorn/unicorn.h>

/* x0 to x28 have these numbers. */
enum { X29 = 29, X30, SP, PC, NZCV };

#define X(n) UC_ARM64_REG_X##n

static void syscall_done(uint64_t *regs)
{
	(void)regs;
}

/* ldxr and ldaxr, stxr and stlxr, of 32 and 64 bits; clrex. */
static enum explore_reservation reservation(uint32_t insn)
{
	if ((insn & 0xbfff7c00) == 0x885f7c00)
		return EXPLORE_TAKES;
	if ((insn & 0xbfe07c00) == 0x88007c00 || insn == 0xd5033f5f)
		return EXPLORE_DROPS;
	return EXPLORE_LEAVES;
}

const struct explore_arch explore_arch_aarch64 = {
	.name = "aarch64",
	.elf_machine = EM_AARCH64,
	.uc_arch = UC_ARCH_ARM64,
	.uc_mode = UC_MODE_ARM,
	.cs_arch = CS_ARCH_ARM64,
	.cs_mode = CS_MODE_LITTLE_ENDIAN,
	.regs = { X(0),
		  X(1),
		  X(2),
		  X(3),
		  X(4),
		  X(5),
		  X(6),
		  X(7),
		  X(8),
		  X(9),
		  X(10),
		  X(11),
		  X(12),
		  X(13),
		  X(14),
		  X(15),
		  X(16),
		  X(17),
		  X(18),
		  X(19),
		  X(20),
		  X(21),
		  X(22),
		  X(23),
		  X(24),
		  X(25),
		  X(26),
		  X(27),
		  X(28),
		  X(29),
		  X(30),
		  UC_ARM64_REG_SP,
		  UC_ARM64_REG_PC,
		  UC_ARM64_REG_NZCV },
	.num_regs = NZCV + 1,
	.num_flags = 1,
	.pc = PC,
	.sp = SP,
	.result = 0,
	.args = { 0, 1, 2, 3, 4, 5 },
	.syscall_args = { 0, 1, 2, 3 },
	.syscall_number = 8,
	.syscalls = { .getrandom = 278,
		      .mmap = 222,
		      .munmap = 215,
		      .madvise = 233,
		      .mprotect = 226,
		      .mlock = 228,
		      .openat = 56,
		      .clock_gettime = 113 },
	.thread_pointer = UC_ARM64_REG_TPIDR_EL0,
	.local_align = 8,
	.link = X30,
	.scratch = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 },
	.num_scratch = 18,
	.nop = { 0x1f, 0x20, 0x03, 0xd5 },
	.syscall = { 0x01, 0x00, 0x00, 0xd4 }, /* svc #0 */
	.syscall_len = 4,
	.forget = { 0x5f, 0x3f, 0x03, 0xd5 }, /* clrex */
	.forget_len = 4,
	.reservation = reservation,
	.chacha = { { "vgr_chacha20_neon", 1 }, { "vgr_chacha20_generic", 0 } },
	.syscall_done = syscall_done,
};
