// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The port's part that is glibc's, in the place of kernel-side/port/bare.c: the promise that
 * vgetrandom_core_thread_exit() is called when a thread ends, which start_thread() keeps. The
 * auxiliary vector is in glibc's getrandom.c, because only glibc's own sources reach the hidden
 * name of its __getauxval2(); the exported one could be another library's.
 */
#include <vgetrandom/port.h>

int vgr_port_configure(void)
{
	return 0;
}

int vgr_port_thread_hook(void)
{
	return 0;
}
