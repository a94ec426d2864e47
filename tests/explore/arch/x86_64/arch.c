// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "../all.h"

#include <capstone/capstone.h>
#include <elf.h>
#include <unicorn/unicorn.h>

enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, R8, R9, R10, R11, R12, R13, R14, R15, RIP, FLAGS };

/* The instruction leaves where it was and the flags. */
static void syscall_done(uint64_t *regs)
{
	regs[RCX] = regs[RIP];
	regs[R11] = regs[FLAGS];
}

const struct explore_arch explore_arch_x86_64 = {
	.name = "x86_64",
	.elf_machine = EM_X86_64,
	.uc_arch = UC_ARCH_X86,
	.uc_mode = UC_MODE_64,
	.cs_arch = CS_ARCH_X86,
	.cs_mode = CS_MODE_64,
	.regs = { UC_X86_REG_RAX, UC_X86_REG_RBX, UC_X86_REG_RCX, UC_X86_REG_RDX, UC_X86_REG_RSI,
		  UC_X86_REG_RDI, UC_X86_REG_RBP, UC_X86_REG_RSP, UC_X86_REG_R8, UC_X86_REG_R9,
		  UC_X86_REG_R10, UC_X86_REG_R11, UC_X86_REG_R12, UC_X86_REG_R13, UC_X86_REG_R14,
		  UC_X86_REG_R15, UC_X86_REG_RIP, UC_X86_REG_EFLAGS },
	.num_regs = FLAGS + 1,
	.num_flags = 1,
	.pc = RIP,
	.sp = RSP,
	.result = RAX,
	.args = { RDI, RSI, RDX, RCX, R8, R9 },
	.syscall_args = { RDI, RSI, RDX, R10 },
	.syscall_number = RAX,
	.syscalls = { .getrandom = 318,
		      .mmap = 9,
		      .munmap = 11,
		      .madvise = 28,
		      .mprotect = 10,
		      .mlock = 149,
		      .openat = 257,
		      .clock_gettime = 228 },
	.thread_pointer = UC_X86_REG_FS_BASE,
	.thread_points_to_itself = true,
	.local_align = 1,
	.return_on_stack = true,
	.scratch = { RAX, RCX, RDX, RSI, RDI, R8, R9, R10, R11 },
	.num_scratch = 9,
	.nop = { 0x90 },
	.syscall = { 0x0f, 0x05 },
	.syscall_len = 2,
	.chacha = { { "vgr_chacha20_sse2", 1 },
		    { "vgr_chacha20_generic", 0 },
		    { "vgr_chacha20_avx2", 2 },
		    { "vgr_chacha20_avx512", 3 } },
	.syscall_done = syscall_done,
};
