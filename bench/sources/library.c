// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Our library, by provider. The provider is the process's: each of these sources chooses its own
 * before a slice.
 */
#define _GNU_SOURCE
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <vgetrandom/vgetrandom.h>

#include "bench.h"
#include "provider.h"

/*
 * AUTO is resolved once, by the library itself: it would try the module anew before each slice, and
 * with a module loaded in the middle of a run the row would mean two things.
 */
static enum vgetrandom_provider resolve(enum vgetrandom_provider provider)
{
	static enum vgetrandom_provider by_default = VGETRANDOM_PROVIDER_AUTO;

	if (provider != VGETRANDOM_PROVIDER_AUTO)
		return provider;
	if (by_default == VGETRANDOM_PROVIDER_AUTO &&
	    vgetrandom_set_provider(VGETRANDOM_PROVIDER_AUTO) == 0)
		by_default = vgetrandom_get_provider();
	return by_default;
}

const char *bench_library_enter(enum vgetrandom_provider provider, uint32_t chacha)
{
	static char reason[128];

	provider = resolve(provider);
	/* The level last: a provider that is started takes the machine's best. */
	if (vgetrandom_get_provider() == provider || vgetrandom_set_provider(provider) == 0)
		return bench_image_enter(chacha);
	snprintf(reason, sizeof(reason), "the library's provider %s does not work here: %s",
		 vgetrandom_provider_name(provider), strerror(errno));
	return reason;
}

/* The level is that of the data page which the function reads, not the one that was asked for. */
void bench_library_ran(char *text)
{
	const struct vgr_provider *provider = vgr_provider();

	if (!provider)
		return;
	snprintf(text, BENCH_RAN_LEN, "%s%s%s", provider->name, provider->rng_data ? " " : "",
		 provider->rng_data ? bench_chacha_name(provider->rng_data->chacha) : "");
}

long long bench_library_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP(vgetrandom(buf, len, 0));
}
