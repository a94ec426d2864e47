// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The installed core and port, without the library. */
#include <stdio.h>
#include <vgetrandom/core.h>
#include <vgetrandom/port.h>

int main(int argc, char **argv, char **environment)
{
	unsigned char bytes[16];

	(void)argc;
	(void)argv;
	while (*environment++)
		;
	vgr_port_set_auxv((const unsigned long *)environment);
	vgetrandom_core_init();
	if (vgetrandom_core_fill(bytes, sizeof(bytes)) != 0)
		return 1;
	printf("provider %d\n", (int)vgetrandom_core_get_provider());
	return vgetrandom_core_get_provider() == VGETRANDOM_PROVIDER_AUTO;
}
