// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Whether an s390x machine has the vector facility (z13), and the kernel saves its registers: one
 * bit says both. */
#include "inprocess.h"

#include <linux/auxvec.h>
#include <vgetrandom/port.h>

#define HAS_VX (1u << 11) /* HWCAP_S390_VXRS, of no kernel header */

uint32_t vgr_cpu_chacha_level(void)
{
	return vgr_port_getauxval(AT_HWCAP) & HAS_VX ? VGETRANDOM_CHACHA_VX
						     : VGETRANDOM_CHACHA_GENERIC;
}

uint32_t vgr_cpu_chacha_max(void)
{
	return vgr_cpu_chacha_level();
}
