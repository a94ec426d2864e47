// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * OpenSSL's ChaCha20 keystream: how fast the cipher alone can be, without a generator around
 * it. Not a source of random bytes (the key is fixed), but the limit for one.
 *
 * Loaded at run time, so that the benchmark needs no OpenSSL to be built or started. The
 * functions are declared here as OpenSSL's manual has them: EVP_EncryptInit(3).
 */
#define _GNU_SOURCE
#include "bench.h"

#include <dlfcn.h>
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

static void *find_libcrypto(void)
{
	static const char *const names[] = { "libcrypto.so.3", "libcrypto.so.1.1" };
	void *lib = NULL;

	for (size_t i = 0; !lib && i < sizeof(names) / sizeof(names[0]); i++)
		lib = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	return lib;
}

static void find_function(void *lib, const char *name, void *function)
{
	*(void **)function = dlsym(lib, name);
}

const char *bench_openssl_init(void)
{
	void *lib = find_libcrypto();

	if (!lib)
		return "there is no libcrypto.so.3; install the Debian package libssl-dev";
	find_function(lib, "EVP_CIPHER_CTX_new", &evp.cipher_ctx_new);
	find_function(lib, "EVP_CIPHER_CTX_free", &evp.cipher_ctx_free);
	find_function(lib, "EVP_chacha20", &evp.chacha20);
	find_function(lib, "EVP_EncryptInit_ex", &evp.init);
	find_function(lib, "EVP_EncryptUpdate", &evp.update);
	if (!evp.cipher_ctx_new || !evp.cipher_ctx_free || !evp.chacha20 || !evp.init ||
	    !evp.update)
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
long long bench_openssl_loop(unsigned char *buf, size_t len, long calls)
{
	int out_len = 0;

	if (!start())
		return 0;
	BENCH_LOOP((evp.update(ctx, buf, &out_len, buf, (int)len), out_len));
}
