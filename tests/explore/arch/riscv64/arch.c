// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "../all.h"

#include <capstone/capstone.h>
#include <elf.h>
#include <unicorn/unicorn.h>

/* Capstone knows it from version 5 on. */
#if CS_API_MAJOR >= 5
#define CS_ARCH CS_ARCH_RISCV
#define CS_MODE (CS_MODE_RISCV64 | CS_MODE_RISCVC)
#else
#define CS_ARCH EXPLORE_NO_DISASSEMBLER
#define CS_MODE 0
#endif

/* In their order; gp and tp are not a call's own. */
enum { RA, SP, T0, T1, T2, S0, S1, A0, A1, A2, A3, A4, A5, A6, A7, T3 = 25, T4, T5, T6, PC };

#define X(n) UC_RISCV_REG_X##n

static void syscall_done(uint64_t *regs)
{
	(void)regs;
}

/* lr.w and lr.d, sc.w and sc.d. */
static enum explore_reservation reservation(uint32_t insn)
{
	if ((insn & 0xf9f0607f) == 0x1000202f)
		return EXPLORE_TAKES;
	if ((insn & 0xf800607f) == 0x1800202f)
		return EXPLORE_DROPS;
	return EXPLORE_LEAVES;
}

const struct explore_arch explore_arch_riscv64 = {
	.name = "riscv64",
	.elf_machine = EM_RISCV,
	.uc_arch = UC_ARCH_RISCV,
	.uc_mode = UC_MODE_RISCV64,
	.cs_arch = CS_ARCH,
	.cs_mode = CS_MODE,
	.regs = { X(1),  X(2),  X(5),  X(6),  X(7),  X(8),  X(9),  X(10), X(11), X(12),
		  X(13), X(14), X(15), X(16), X(17), X(18), X(19), X(20), X(21), X(22),
		  X(23), X(24), X(25), X(26), X(27), X(28), X(29), X(30), X(31), UC_RISCV_REG_PC },
	.num_regs = PC + 1,
	.pc = PC,
	.sp = SP,
	.result = A0,
	.args = { A0, A1, A2, A3, A4, A5 },
	.syscall_args = { A0, A1, A2, A3 },
	.syscall_number = A7,
	.syscalls = { .getrandom = 278,
		      .mmap = 222,
		      .munmap = 215,
		      .madvise = 233,
		      .mprotect = 226,
		      .mlock = 228,
		      .openat = 56,
		      .clock_gettime = 113 },
	.thread_pointer = UC_RISCV_REG_X4,
	.local_align = 8,
	.link = RA,
	.scratch = { T0, T1, T2, A0, A1, A2, A3, A4, A5, A6, A7, T3, T4, T5, T6 },
	.num_scratch = 15,
	.nop = { 0x13, 0x00, 0x00, 0x00 },
	.syscall = { 0x73, 0x00, 0x00, 0x00 }, /* ecall */
	.syscall_len = 4,
	.forget = { 0x2f, 0x30, 0x00, 0x18 }, /* sc.d zero, zero, (zero): of nothing, so it fails */
	.forget_len = 4,
	.reservation = reservation,
	.chacha = { { "vgr_chacha20_scalar", 1 }, { "vgr_chacha20_generic", 0 } },
	.syscall_done = syscall_done,
};
