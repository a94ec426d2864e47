// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The clock that the age of a key is told by, and the one that says when to look at it. */
#include <linux/auxvec.h>

#include "arch.h"
#include "elf-symbol.h"
#include "inprocess.h"

vgr_gettime_fn *vgr_find_clock(void)
{
	const void *vdso = (const void *)vgr_port_getauxval(AT_SYSINFO_EHDR);
	vgr_gettime_fn *clock = (vgr_gettime_fn *)vgr_elf_symbol(vdso, VGR_KERNEL_CLOCK_GETTIME,
								 VGR_KERNEL_CLOCK_VERSION);

	return clock ? clock : vgr_port_clock_gettime;
}

vgr_time_fn *vgr_find_seconds(void)
{
	const void *vdso = (const void *)vgr_port_getauxval(AT_SYSINFO_EHDR);

	return (vgr_time_fn *)vgr_elf_symbol(vdso, "__vdso_time", VGR_KERNEL_CLOCK_VERSION);
}
