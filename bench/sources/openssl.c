// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * OpenSSL's generator, RAND_bytes(3), and its ChaCha20 keystream alone, EVP_EncryptInit(3): how
 * fast the cipher can be without a generator around it. The latter is no source of random bytes
 * (the key is fixed), but the limit for one.
 */
#define _GNU_SOURCE
#include "source.h"

#include <pthread.h>

#define KEY_LEN   32
#define NONCE_LEN 16

static struct {
	void *(*cipher_ctx_new)(void);
	void (*cipher_ctx_free)(void *ctx);
	const void *(*chacha20)(void);
	int (*init)(void *ctx, const void *cipher, void *engine, const unsigned char *key,
		    const unsigned char *nonce);
	int (*update)(void *ctx, unsigned char *out, int *out_len, const unsigned char *in,
		      int in_len);
} evp;

/* A context belongs to one thread, and is freed at its end. */
static __thread void *ctx;
static pthread_key_t ctx_of_thread;

static int (*rand_bytes)(unsigned char *buf, int len);

static void *load_libcrypto(void)
{
	static const char *const names[] = { "libcrypto.so.3", "libcrypto.so.1.1", NULL };

	return bench_load(names);
}

static const char no_libcrypto[] =
	"there is no libcrypto.so.3; install the Debian package libssl3 or libssl-dev";

const char *bench_openssl_rand_init(void)
{
	void *lib = load_libcrypto();

	if (!lib)
		return no_libcrypto;
	return bench_find(lib, "RAND_bytes", &rand_bytes) ? NULL
							  : "its libcrypto has no RAND_bytes()";
}

long long bench_openssl_rand_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP(rand_bytes(buf, (int)len) == 1 ? (long long)len : 0);
}

const char *bench_openssl_chacha20_init(void)
{
	void *lib = load_libcrypto();

	if (!lib)
		return no_libcrypto;
	if (!bench_find(lib, "EVP_CIPHER_CTX_new", &evp.cipher_ctx_new) ||
	    !bench_find(lib, "EVP_CIPHER_CTX_free", &evp.cipher_ctx_free) ||
	    !bench_find(lib, "EVP_chacha20", &evp.chacha20) ||
	    !bench_find(lib, "EVP_EncryptInit_ex", &evp.init) ||
	    !bench_find(lib, "EVP_EncryptUpdate", &evp.update))
		return "its libcrypto was built without ChaCha20";
	if (pthread_key_create(&ctx_of_thread, evp.cipher_ctx_free) != 0)
		return "there is no thread-specific storage left";
	return NULL;
}

static bool start(void)
{
	static const unsigned char key[KEY_LEN] = { 1 }, nonce[NONCE_LEN];

	if (ctx)
		return true;
	ctx = evp.cipher_ctx_new();
	pthread_setspecific(ctx_of_thread, ctx);
	return ctx && evp.init(ctx, evp.chacha20(), NULL, key, nonce) == 1;
}

/* Encrypts the buffer in place: the keystream has to be combined with something. */
long long bench_openssl_chacha20_loop(unsigned char *buf, size_t len, long calls)
{
	int out_len = 0;

	if (!start())
		return 0;
	BENCH_LOOP((evp.update(ctx, buf, &out_len, buf, (int)len), out_len));
}
