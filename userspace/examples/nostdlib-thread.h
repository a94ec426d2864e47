/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * VGETRANDOM_PORT_THREAD of nostdlib.c: where the core finds the calling thread's record. As in a
 * libc, the thread pointer leads to a control block, and the record is a member of that.
 */
#ifndef NOSTDLIB_THREAD_H
#define NOSTDLIB_THREAD_H

#include <stddef.h>
#include <stdint.h>
#include <vgetrandom/port.h>

struct control_block {
	struct control_block *self;
	uint64_t record[VGETRANDOM_THREAD_LEN / sizeof(uint64_t)];
};

static inline long vgr_port_thread_offset(void)
{
	return offsetof(struct control_block, record);
}

#endif
