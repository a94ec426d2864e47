// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * NSS's PK11_GenerateRandom(): a Hash_DRBG for the process behind a lock, as browsers have it.
 */
#include "source.h"

#define MAX_LEN 65536 /* of a call, or it fails */

static struct {
	int (*init)(const char *folder);
	int (*generate)(unsigned char *buf, int len);
} nss;

const char *bench_nss_init(void)
{
	static const char *const names[] = { "libnss3.so", NULL };
	void *lib = bench_load(names);

	if (!lib)
		return "there is no libnss3.so; install the Debian package libnss3";
	if (!bench_find(lib, "NSS_NoDB_Init", &nss.init) ||
	    !bench_find(lib, "PK11_GenerateRandom", &nss.generate))
		return "its libnss3 has no PK11_GenerateRandom()";
	return nss.init(NULL) == 0 ? NULL : "NSS does not start";
}

/* SECSuccess is 0. */
static long long nss_call(unsigned char *buf, size_t len)
{
	for (size_t done = 0; done < len; done += MAX_LEN) {
		size_t part = len - done < MAX_LEN ? len - done : MAX_LEN;

		if (nss.generate(buf + done, (int)part) != 0)
			return 0;
	}
	return (long long)len;
}

long long bench_nss_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP(nss_call(buf, len));
}
