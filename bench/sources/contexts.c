// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Generators whose caller keeps the context: mbedTLS, Botan, wolfSSL, nettle. Each thread has one
 * of its own, made by its first call, as a program without locks would have it. Contexts are not
 * freed: the process ends with its measure.
 */
#define _GNU_SOURCE
#include "source.h"

#include <sys/random.h>

#include "bench.h"

/* Of structs that only headers know: three times what those of Debian 12 have, or more. */
#define MBEDTLS_ENTROPY_LEN 131072
#define MBEDTLS_DRBG_LEN    2048
#define YARROW_LEN          4096
#define SEED_LEN            32

/* What one call of each may ask for: MBEDTLS_CTR_DRBG_MAX_REQUEST, RNG_MAX_BLOCK_LEN. */
#define MBEDTLS_MAX_LEN 1024
#define WOLFSSL_MAX_LEN 65536

static struct {
	void (*entropy_init)(void *entropy);
	int (*entropy_func)(void *entropy, unsigned char *buf, size_t len);
	void (*init)(void *drbg);
	int (*seed)(void *drbg, int (*entropy)(void *, unsigned char *, size_t), void *arg,
		    const unsigned char *custom, size_t custom_len);
	int (*random)(void *drbg, unsigned char *buf, size_t len);
} mbedtls;

static struct {
	int (*init)(void **rng, const char *kind);
	int (*get)(void *rng, unsigned char *buf, size_t len);
} botan;

static struct {
	int (*init)(void);
	void *(*new)(unsigned char *nonce, unsigned int nonce_len, void *heap);
	int (*generate)(void *rng, unsigned char *buf, unsigned int len);
} wolfssl;

static struct {
	void (*init)(void *yarrow, unsigned int num_sources, void *sources);
	void (*seed)(void *yarrow, size_t len, const unsigned char *seed);
	void (*random)(void *yarrow, size_t len, unsigned char *buf);
} nettle;

static __thread void *mbedtls_drbg, *botan_rng, *wolfssl_rng, *yarrow;

/* Contexts of threads that ended, too: to a leak checker what only those knew is lost. */
static struct kept {
	struct kept *next;
	void *context;
} * all_kept;

static void keep(void *context)
{
	struct kept *kept = bench_alloc(1, sizeof(*kept));

	kept->context = context;
	kept->next = __atomic_load_n(&all_kept, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&all_kept, &kept->next, kept, true, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
}

const char *bench_mbedtls_init(void)
{
	static const char *const names[] = { "libmbedcrypto.so.16", "libmbedcrypto.so.7", NULL };
	void *lib = bench_load(names);

	if (!lib)
		return "there is no libmbedcrypto.so; install the Debian package libmbedcrypto7";
	if (!bench_find(lib, "mbedtls_entropy_init", &mbedtls.entropy_init) ||
	    !bench_find(lib, "mbedtls_entropy_func", &mbedtls.entropy_func) ||
	    !bench_find(lib, "mbedtls_ctr_drbg_init", &mbedtls.init) ||
	    !bench_find(lib, "mbedtls_ctr_drbg_seed", &mbedtls.seed) ||
	    !bench_find(lib, "mbedtls_ctr_drbg_random", &mbedtls.random))
		return "its libmbedcrypto has no CTR_DRBG";
	return NULL;
}

static bool start_mbedtls(void)
{
	void *entropy = bench_alloc(1, MBEDTLS_ENTROPY_LEN),
	     *drbg = bench_alloc(1, MBEDTLS_DRBG_LEN);

	keep(entropy);
	keep(drbg);
	mbedtls.entropy_init(entropy);
	mbedtls.init(drbg);
	if (mbedtls.seed(drbg, mbedtls.entropy_func, entropy, NULL, 0) != 0)
		return false;
	mbedtls_drbg = drbg;
	return true;
}

static long long mbedtls_call(unsigned char *buf, size_t len)
{
	for (size_t done = 0; done < len; done += MBEDTLS_MAX_LEN) {
		size_t part = len - done < MBEDTLS_MAX_LEN ? len - done : MBEDTLS_MAX_LEN;

		if (mbedtls.random(mbedtls_drbg, buf + done, part) != 0)
			return 0;
	}
	return (long long)len;
}

long long bench_mbedtls_loop(unsigned char *buf, size_t len, long calls)
{
	if (!mbedtls_drbg && !start_mbedtls())
		return 0;
	BENCH_LOOP(mbedtls_call(buf, len));
}

const char *bench_botan_init(void)
{
	static const char *const names[] = { "libbotan-3.so.7", "libbotan-2.so.19", NULL };
	void *lib = bench_load(names);

	if (!lib)
		return "there is no libbotan; install the Debian package libbotan-2-19";
	if (!bench_find(lib, "botan_rng_init", &botan.init) ||
	    !bench_find(lib, "botan_rng_get", &botan.get))
		return "its libbotan has no botan_rng_get()";
	return NULL;
}

/* "user": seeded by the system, and again after a fork. */
long long bench_botan_loop(unsigned char *buf, size_t len, long calls)
{
	if (!botan_rng) {
		if (botan.init(&botan_rng, "user") != 0)
			return 0;
		keep(botan_rng);
	}
	BENCH_LOOP(botan.get(botan_rng, buf, len) == 0 ? (long long)len : 0);
}

const char *bench_wolfssl_init(void)
{
	static const char *const names[] = { "libwolfssl.so.42", "libwolfssl.so.35", NULL };
	void *lib = bench_load(names);

	if (!lib)
		return "there is no libwolfssl.so; install the Debian package libwolfssl35";
	if (!bench_find(lib, "wolfCrypt_Init", &wolfssl.init) ||
	    !bench_find(lib, "wc_rng_new", &wolfssl.new) ||
	    !bench_find(lib, "wc_RNG_GenerateBlock", &wolfssl.generate))
		return "its libwolfssl has no wc_RNG_GenerateBlock()";
	return wolfssl.init() == 0 ? NULL : "wolfSSL does not start";
}

static long long wolfssl_call(unsigned char *buf, size_t len)
{
	for (size_t done = 0; done < len; done += WOLFSSL_MAX_LEN) {
		size_t part = len - done < WOLFSSL_MAX_LEN ? len - done : WOLFSSL_MAX_LEN;

		if (wolfssl.generate(wolfssl_rng, buf + done, (unsigned int)part) != 0)
			return 0;
	}
	return (long long)len;
}

long long bench_wolfssl_loop(unsigned char *buf, size_t len, long calls)
{
	if (!wolfssl_rng) {
		wolfssl_rng = wolfssl.new(NULL, 0, NULL);
		if (!wolfssl_rng)
			return 0;
		keep(wolfssl_rng);
	}
	BENCH_LOOP(wolfssl_call(buf, len));
}

const char *bench_nettle_init(void)
{
	static const char *const names[] = { "libnettle.so.8", NULL };
	void *lib = bench_load(names);

	if (!lib)
		return "there is no libnettle.so.8; install the Debian package libnettle8";
	if (!bench_find(lib, "nettle_yarrow256_init", &nettle.init) ||
	    !bench_find(lib, "nettle_yarrow256_seed", &nettle.seed) ||
	    !bench_find(lib, "nettle_yarrow256_random", &nettle.random))
		return "its libnettle has no Yarrow";
	return NULL;
}

/* Without sources of entropy of its own: who uses it seeds it, once. */
static bool start_nettle(void)
{
	unsigned char seed[SEED_LEN];
	void *context = bench_alloc(1, YARROW_LEN);

	keep(context);
	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		return false;
	nettle.init(context, 0, NULL);
	nettle.seed(context, sizeof(seed), seed);
	yarrow = context;
	return true;
}

long long bench_nettle_loop(unsigned char *buf, size_t len, long calls)
{
	if (!yarrow && !start_nettle())
		return 0;
	BENCH_LOOP((nettle.random(yarrow, len, buf), (long long)len));
}
