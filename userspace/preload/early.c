// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Calls that come before the shim can work.
 *
 * The dynamic linker relocates the last library first. A preloaded one comes right after the
 * program, so IFUNC resolvers of all others run while no pointer in the shim is right yet, those to
 * the C library's functions included; the program's own run when these are, but before the initial
 * values of thread-local variables are copied into place. Constructors run after that. The C
 * library has its environment from its own constructor, so who sees that comes after all this.
 *
 * Until then draws are system calls, and no provider is chosen: the first choice is made with the
 * settings. Everything here is addressed relative to the instruction.
 */
#include "early.h"

#include <errno.h>
#include <vgetrandom/port.h>

#include "libc.h"

bool vgr_has_started;
struct vgr_early_draws vgr_early_draws;

/* Its own address, once the shim is relocated. Volatile: the compiler knows the answer too early.
 */
static void *volatile self = (void *)&self;

static bool is_relocated(void)
{
	return self == (void *)&self;
}

bool vgr_start(void)
{
	if (!is_relocated() || !vgr_libc_configure())
		return false;
	vgr_has_started = true;
	return true;
}

long vgr_draw_early(void *buf, size_t len, unsigned int flags)
{
	long ret = vgr_port_getrandom(buf, len, flags);

	/* There is one thread. */
	vgr_early_draws.calls++;
	if (ret > 0)
		vgr_early_draws.bytes += (uint64_t)ret;
	return ret;
}

long vgr_result(long result)
{
	if (result >= 0)
		return result;
	/* Where errno lies is something the dynamic linker has to say. */
	if (is_relocated())
		errno = (int)-result;
	return -1;
}
