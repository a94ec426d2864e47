// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * BoringSSL's RAND_bytes(), of Android's copy: a CTR_DRBG per thread, which mixes in bytes of the
 * system in each call. Its name is OpenSSL's, so it is looked up in its own library only.
 */
#include "source.h"

static int (*rand_bytes)(unsigned char *buf, size_t len);

const char *bench_boringssl_init(void)
{
	static const char *const names[] = { "/usr/lib/x86_64-linux-gnu/android/libcrypto.so.0",
					     "/usr/lib/aarch64-linux-gnu/android/libcrypto.so.0",
					     NULL };
	void *lib = bench_load(names);

	if (!lib)
		return "there is no android/libcrypto.so.0; install the Debian package "
		       "android-libboringssl";
	return bench_find(lib, "RAND_bytes", &rand_bytes) ? NULL : "it has no RAND_bytes()";
}

long long bench_boringssl_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP(rand_bytes(buf, len) == 1 ? (long long)len : 0);
}
