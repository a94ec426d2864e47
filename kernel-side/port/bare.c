// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The port's part that a libc has of its own: the auxiliary vector, here handed over at start,
 * and the promise that vgetrandom_core_thread_exit() is called when a thread ends.
 */
#include <vgetrandom/port.h>

static const unsigned long *start_auxv;

void vgr_port_set_auxv(const unsigned long *auxv)
{
	start_auxv = auxv;
}

/* Pairs of type and value; type 0 ends them. */
unsigned long vgr_port_getauxval(unsigned long type)
{
	for (const unsigned long *entry = start_auxv; entry && entry[0]; entry += 2)
		if (entry[0] == type)
			return entry[1];
	return 0;
}

int vgr_port_configure(void)
{
	return 0;
}

int vgr_port_thread_hook(void)
{
	return 0;
}
