// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The port's part that is musl's: the auxiliary vector, and the promise that
 * vgetrandom_core_thread_exit() is called when a thread ends, which pthread_create.c keeps. In the
 * place of kernel-side/port/bare.c.
 */
#include <vgetrandom/port.h>

/* Of musl. The first one sets errno for what is not there. */
unsigned long __getauxval(unsigned long type);
int *__errno_location(void);

unsigned long vgr_port_getauxval(unsigned long type)
{
	int saved_errno = *__errno_location();
	unsigned long value = __getauxval(type);

	*__errno_location() = saved_errno;
	return value;
}

int vgr_port_configure(void)
{
	return 0;
}

int vgr_port_thread_hook(void)
{
	return 0;
}
