// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "../all.h"

#include <capstone/capstone.h>
#include <elf.h>
#include <unicorn/unicorn.h>

#include "flags.h"

/* r0 to r15 have these numbers. */
enum { R14 = 14, R15, PC };

#define R(n) UC_S390X_REG_R##n

static void syscall_done(uint64_t *regs)
{
	(void)regs;
}

/* The sixth argument lies on the stack; of ChaCha20's it is one that this version has no use for.
 */
const struct explore_arch explore_arch_s390x = {
	.name = "s390x",
	.elf_machine = EM_S390,
	.big_endian = true,
	.uc_arch = UC_ARCH_S390X,
	.uc_mode = UC_MODE_BIG_ENDIAN,
	.cs_arch = CS_ARCH_SYSZ,
	.cs_mode = CS_MODE_BIG_ENDIAN,
	.regs = { R(0), R(1), R(2), R(3), R(4), R(5), R(6), R(7), R(8), R(9), R(10), R(11), R(12),
		  R(13), R(14), R(15), UC_S390X_REG_PC },
	.num_regs = PC + 1,
	.flags_decide = explore_s390x_flags_decide,
	.pc = PC,
	.sp = R15,
	.result = 2,
	.args = { 2, 3, 4, 5, 6, 0 },
	.syscall_args = { 2, 3, 4, 5 },
	.syscall_number = 1,
	.syscalls = { .getrandom = 349 }, /* the image asks for no other */
	.local_align = 8,
	.link = R14,
	.above_sp = 160,
	.scratch = { 0, 1, 2, 3, 4, 5 },
	.num_scratch = 6,
	.nop = { 0x07, 0x07 },
	.syscall = { 0x0a, 0x00 }, /* svc 0 */
	.syscall_len = 2,
	/* larl %r1, . + 16; lctlg %c0, %c0, 0(%r1): floating-point and vector registers are there.
	 */
	.setup = { 0xc0, 0x10, 0x00, 0x00, 0x00, 0x08, 0xeb, 0x00, 0x10, 0x00, 0x00, 0x2f,
		   0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x00, 0x00 },
	.setup_len = 12,
	.chacha = { { "vgr_chacha20_vx", 1 }, { "vgr_chacha20_generic", 0 } },
	.syscall_done = syscall_done,
};
