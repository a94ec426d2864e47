// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The table of sources. To add one: a loop, an init that says why it may be missing, and a
 * row at the end of its kind. Order here is order in the table.
 */
#include "source.h"

#include <string.h>

#include "bench.h"
#include "provider.h"

/* A row for each provider: a new one in vgr_providers[] needs one more. */
_Static_assert(VGR_NUM_PROVIDERS == 5, "the rows of our library are not its providers");

#define OURS(id) \
	.is_ours = true, .provider = (id), .loop = bench_library_loop, .ran = bench_library_ran

const struct bench_source bench_sources[] = {
	{
		.name = BENCH_NAME_SYSCALL,
		.what = "syscall(SYS_getrandom), the baseline",
		.init = bench_syscall_init,
		.loop = bench_syscall_loop,
	},
	{
		.name = "libc",
		.what = "getrandom() of the C library",
		.init = bench_syscall_init,
		.loop = bench_libc_loop,
		.ran = bench_libc_ran,
	},
	{
		.name = "libc-getentropy",
		.what = "getentropy() of the C library, 256 bytes a call at most",
		.init = bench_getentropy_init,
		.loop = bench_getentropy_loop,
	},
	{
		.name = "libc-arc4random",
		.what = "arc4random_buf() of the C library",
		.init = bench_arc4random_init,
		.loop = bench_arc4random_loop,
	},
	{
		.name = "glibc-2.41",
		.what = "getrandom() of glibc 2.41, which uses the kernel's vDSO",
		.droppable = true,
		.other_libc = true,
		.init = bench_other_libc_init,
		.loop = bench_libc_loop,
		.ran = bench_libc_ran,
	},
	{
		.name = "urandom-read",
		.what = "read() of /dev/urandom, kept open",
		.init = bench_urandom_init,
		.loop = bench_urandom_loop,
	},
	{
		.name = "kernel-vdso",
		.what = "the raw function of the kernel's own vDSO",
		.kind = BENCH_RAW,
		.droppable = true,
		.init = bench_kernel_vdso_init,
		.loop = bench_kernel_vdso_loop,
	},
	{
		.name = "vdso",
		.what = "the raw function of our image, embedded in the library",
		.kind = BENCH_RAW,
		.has_chacha = true,
		.droppable = true,
		.init = bench_image_init,
		.enter = bench_image_enter,
		.ran = bench_image_ran,
		.loop = bench_image_loop,
	},
	{
		.name = "vdso-refill",
		.what = "the same, when every call finds the batch exhausted",
		.kind = BENCH_RAW,
		.has_chacha = true,
		.if_named = true,
		.init = bench_image_init,
		.enter = bench_image_enter,
		.ran = bench_image_ran,
		.loop = bench_image_refill_loop,
	},
	{
		.name = "vdso-reseed",
		.what = "the same, when every call needs a new key from the kernel",
		.kind = BENCH_RAW,
		.has_chacha = true,
		.if_named = true,
		.init = bench_image_init,
		.enter = bench_image_enter,
		.ran = bench_image_ran,
		.loop = bench_image_reseed_loop,
	},
	{
		.name = BENCH_NAME_DEFAULT,
		.what = "vgetrandom() of the library as a program gets it: the first provider that works",
		.droppable = true,
		OURS(VGETRANDOM_PROVIDER_AUTO),
	},
	{
		.name = "vgetrandom-module",
		.what = "the same by the kernel module",
		.droppable = true,
		OURS(VGETRANDOM_PROVIDER_MODULE),
	},
	{
		.name = "vgetrandom-native",
		.what = "the same by the image inside the library, judged by the kernel's vDSO function",
		.has_chacha = true,
		.droppable = true,
		OURS(VGETRANDOM_PROVIDER_NATIVE),
	},
	{
		.name = "vgetrandom-inprocess",
		.what = "the same by the image inside the library, with a new key every minute",
		.has_chacha = true,
		.droppable = true,
		OURS(VGETRANDOM_PROVIDER_INPROCESS),
	},
	{
		.name = "vgetrandom-syscall",
		.what = "the same by the system call",
		OURS(VGETRANDOM_PROVIDER_SYSCALL),
	},
	{
		.name = "openssl-rand",
		.what = "RAND_bytes() of OpenSSL",
		.init = bench_openssl_rand_init,
		.loop = bench_openssl_rand_loop,
	},
	{
		.name = "libsodium",
		.what = "randombytes_buf() of libsodium, its internal generator",
		.init = bench_sodium_init,
		.enter = bench_sodium_internal_enter,
		.ran = bench_sodium_ran,
		.loop = bench_sodium_loop,
	},
	{
		.name = "libsodium-system",
		.what = "the same with its default, which asks the system",
		.init = bench_sodium_init,
		.enter = bench_sodium_system_enter,
		.ran = bench_sodium_ran,
		.loop = bench_sodium_loop,
	},
	{
		.name = "libbsd",
		.what = "arc4random_buf() of libbsd",
		.init = bench_bsd_init,
		.loop = bench_bsd_loop,
	},
	{
		.name = "libgcrypt",
		.what = "gcry_randomize() of libgcrypt, strong",
		.init = bench_gcrypt_init,
		.loop = bench_gcrypt_loop,
	},
	{
		.name = "gnutls",
		.what = "gnutls_rnd() of GnuTLS",
		.init = bench_gnutls_init,
		.loop = bench_gnutls_loop,
	},
	{
		.name = "boringssl",
		.what = "RAND_bytes() of BoringSSL, which mixes in bytes of the system in each call",
		.init = bench_boringssl_init,
		.loop = bench_boringssl_loop,
	},
	{
		.name = "nss",
		.what = "PK11_GenerateRandom() of NSS",
		.init = bench_nss_init,
		.loop = bench_nss_loop,
	},
	{
		.name = "mbedtls",
		.what = "mbedtls_ctr_drbg_random(), a context per thread",
		.kind = BENCH_RAW,
		.init = bench_mbedtls_init,
		.loop = bench_mbedtls_loop,
	},
	{
		.name = "botan",
		.what = "botan_rng_get(), a context per thread",
		.kind = BENCH_RAW,
		.init = bench_botan_init,
		.loop = bench_botan_loop,
	},
	{
		.name = "wolfssl",
		.what = "wc_RNG_GenerateBlock(), a context per thread",
		.kind = BENCH_RAW,
		.init = bench_wolfssl_init,
		.loop = bench_wolfssl_loop,
	},
	{
		.name = "nettle",
		.what = "yarrow256_random(), a context per thread, seeded once",
		.kind = BENCH_RAW,
		.init = bench_nettle_init,
		.loop = bench_nettle_loop,
	},
	{
		.name = "rust-thread-rng",
		.what = "thread_rng() of Rust's rand",
		.init = bench_rust_thread_rng_init,
		.loop = bench_rust_thread_rng_loop,
	},
	{
		.name = "rust-os-rng",
		.what = "OsRng of Rust's rand",
		.init = bench_rust_os_rng_init,
		.loop = bench_rust_os_rng_loop,
	},
	{
		.name = "go-crypto-rand",
		.what = "Read() of Go's crypto/rand",
		.never_forks = "Go's runtime has other threads, which a fork leaves behind",
		.init = bench_go_rand_init,
		.loop = bench_go_rand_loop,
	},
	{
		.name = "openssl-chacha20",
		.what = "OpenSSL's ChaCha20 keystream alone: no generator",
		.kind = BENCH_LIMIT,
		.init = bench_openssl_chacha20_init,
		.loop = bench_openssl_chacha20_loop,
	},
	{
		.name = "memcpy",
		.what = "memcpy() of that many bytes: no generator",
		.kind = BENCH_LIMIT,
		.init = bench_memory_init,
		.loop = bench_memcpy_loop,
	},
	{
		.name = "memset",
		.what = "memset() of that many bytes: no generator",
		.kind = BENCH_LIMIT,
		.init = bench_memory_init,
		.loop = bench_memset_loop,
	},
};

const unsigned int bench_num_sources = sizeof(bench_sources) / sizeof(bench_sources[0]);

_Static_assert(sizeof(bench_sources) / sizeof(bench_sources[0]) <= BENCH_MAX_SOURCES,
	       "raise BENCH_MAX_SOURCES");

const char *bench_source_init(const struct bench_source *source)
{
	if (source->is_ours)
		return bench_library_enter(source->provider, vgr_cpu_chacha_level());
	return source->init();
}

const char *bench_source_enter(const struct bench_source *source, uint32_t chacha)
{
	if (source->is_ours)
		return bench_library_enter(source->provider, chacha);
	return source->enter ? source->enter(chacha) : NULL;
}

void bench_source_ran(const struct bench_source *source, char text[BENCH_RAN_LEN])
{
	text[0] = '\0';
	if (source->ran)
		source->ran(text);
}

const struct bench_source *bench_source_by_name(const char *name, size_t name_len)
{
	for (unsigned int i = 0; i < bench_num_sources; i++) {
		const char *known = bench_sources[i].name;

		if (strlen(known) == name_len && memcmp(known, name, name_len) == 0)
			return &bench_sources[i];
	}
	return NULL;
}
