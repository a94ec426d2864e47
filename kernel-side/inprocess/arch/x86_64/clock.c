// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* x86-64: a function of the vDSO that is just what is needed, and a single load. */
#include "elf-symbol.h"
#include "inprocess.h"

vgr_clock_fn *vgr_vdso_clock(const void *vdso)
{
	return (vgr_clock_fn *)vgr_elf_symbol(vdso, "__vdso_time", "LINUX_2.6");
}
