/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Where a thread's record lies in musl's struct pthread, for VGETRANDOM_PORT_THREAD (port.h).
 * Numbers, because musl's internal headers are for musl's own sources; src/linux/getrandom.c
 * compares them.
 */
#ifndef VGR_MUSL_THREAD_H
#define VGR_MUSL_THREAD_H

static inline long vgr_port_thread_offset(void)
{
#ifdef __x86_64__
	return 48; /* the thread pointer points to the structure; behind its canary */
#else
	return -80; /* it points behind the structure, which ends with canary and dtv */
#endif
}

#endif
