// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The look-up in an image that is not trusted: what a device says is one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf-symbol.h"
#include "fuzz.h"

static void look_up(const uint8_t *image, size_t len, const char *name, const char *version)
{
	const uint8_t *symbol = vgr_elf_symbol_within(image, len, name, version);

	if (symbol && (symbol < image || symbol >= image + len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* A mapping is aligned to pages; a copy of its own has its end watched. */
	uint8_t *image = aligned_alloc(16, (len + 15) / 16 * 16);

	if (!image)
		return -1;
	memcpy(image, data, len);
	vgt_fuzz_forbid_tail(image, len);
	look_up(image, len, "__vdso_getrandom", "LINUX_2.6");
	look_up(image, len, "__vdso_clock_gettime", "");
	vgt_fuzz_allow_tail(image, len);
	free(image);
	return 0;
}
