// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Not a part of the module: compiled like the image, for the size of a state in it. Kbuild takes
 * the line out of the assembly and makes state-len.h of it.
 */
#include "state.h"

void state_len(void);

void state_len(void)
{
	__asm__ volatile("->#define VGR_STATE_LEN %c0" ::"i"(sizeof(struct vgr_state)));
}
