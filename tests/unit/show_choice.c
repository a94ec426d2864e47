// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the library chose in a process of its own, for test_library.c: prints the provider, the
 * ChaCha20 level of the data page (once it is started) and whether random numbers come.
 */
#include <stdio.h>
#include <vgetrandom/vgetrandom.h>

#include "inprocess.h"

int main(void)
{
	unsigned char byte;

	printf("%s %u %zd\n", vgetrandom_provider_name(vgetrandom_get_provider()),
	       vgr_inprocess_rng_data()->chacha, vgetrandom(&byte, 1, 0));
	return 0;
}
