/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * VGETRANDOM_PORT_THREAD of nostdlib.c: where the core finds the calling thread's record. As in a
 * libc, the thread pointer leads to a control block, and one word of that to the record.
 */
#ifndef NOSTDLIB_THREAD_H
#define NOSTDLIB_THREAD_H

struct control_block {
	struct vgr_thread *record;
};

static inline struct vgr_thread *vgr_port_thread(void)
{
#ifdef __x86_64__
	struct vgr_thread *record;

	__asm__("movq %%fs:0, %0" : "=r"(record));
	return record;
#else
	const struct control_block *block;

#ifdef __aarch64__
	__asm__("mrs %0, tpidr_el0" : "=r"(block));
#else
	__asm__("mv %0, tp" : "=r"(block));
#endif
	return block->record;
#endif
}

#endif
