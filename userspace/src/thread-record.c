// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The record of a thread as a thread-local variable: the port's default. Not compiled by a
 * libc that has it elsewhere (VGETRANDOM_PORT_THREAD, see port.h).
 */
#include "thread.h"

__thread struct vgr_thread vgr_this_thread = { .mark = &vgr_no_seat };
