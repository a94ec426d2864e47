// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * GnuTLS's gnutls_rnd() at the level that session keys are made with: ChaCha20 with a state
 * per thread.
 */
#include "source.h"

/* GNUTLS_RND_RANDOM of crypto.h */
#define RND_RANDOM 1

static int (*rnd)(int level, void *buf, size_t len);

const char *bench_gnutls_init(void)
{
	static const char *const names[] = { "libgnutls.so.30", NULL };
	void *lib = bench_load(names);

	if (!lib)
		return "there is no libgnutls.so.30; install the Debian package libgnutls30";
	return bench_find(lib, "gnutls_rnd", &rnd) ? NULL : "its libgnutls has no gnutls_rnd()";
}

long long bench_gnutls_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP(rnd(RND_RANDOM, buf, len) == 0 ? (long long)len : 0);
}
