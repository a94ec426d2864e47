/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* aarch64: how a program begins, with its stack pointer for start(), and its thread pointer. */
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x0, sp\n\tbl start\n");

static void set_thread_pointer(void *block)
{
	__asm__ volatile("msr tpidr_el0, %0" : : "r"(block));
}
