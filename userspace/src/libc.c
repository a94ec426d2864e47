// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the library has from the C library: a start, the environment, the auxiliary vector. All of
 * it is read at load, while there is one thread, no signal handler and no sandbox yet.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <vgetrandom/core.h>
#include <vgetrandom/port.h>
#include <vgetrandom/vgetrandom.h>

#include "arch.h"
#include "thread-exit.h"

/* Like getauxval(3), but that sets errno for what is not there. */
unsigned long vgr_port_getauxval(unsigned long type)
{
	int saved_errno = errno;
	unsigned long value = getauxval(type);

	errno = saved_errno;
	return value;
}

static enum vgetrandom_provider wanted_provider(void)
{
	const char *name = secure_getenv("VGETRANDOM_PROVIDER");
	enum vgetrandom_provider provider = VGETRANDOM_PROVIDER_AUTO;

	if (name && vgetrandom_provider_by_name(name, &provider) != 0)
		return VGETRANDOM_PROVIDER_AUTO;
	return provider;
}

static uint32_t wanted_chacha(void)
{
	static const char *const names[] = VGR_CHACHA_LEVEL_NAMES;
	const char *name = secure_getenv("VGETRANDOM_CHACHA");

	for (uint32_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return VGETRANDOM_CHACHA_BEST;
}

void vgr_port_configure(void)
{
	int saved_errno = errno;

	vgetrandom_core_configure(wanted_provider(), wanted_chacha());
	errno = saved_errno;
}

/* Before all other constructors: they may draw. */
static __attribute__((constructor(101))) void start(void)
{
	int saved_errno = errno;

	vgr_thread_exit_init();
	vgetrandom_core_init();
	errno = saved_errno;
}
