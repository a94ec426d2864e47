/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Where a thread's record lies in glibc's struct pthread, for VGETRANDOM_PORT_THREAD (port.h).
 * A number, because glibc's internal headers are for glibc's own sources; getrandom.c compares it.
 */
#ifndef VGR_GLIBC_THREAD_H
#define VGR_GLIBC_THREAD_H

#ifndef __x86_64__
#error "known for x86-64 only, where the thread pointer points to the structure"
#endif

static inline long vgr_port_thread_offset(void)
{
	return 2328;
}

#endif
