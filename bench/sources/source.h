/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A source: one way to get random bytes. The table of all is table.c; one file for each library
 * they come from. All libraries but our own are loaded at run time: a machine that lacks one
 * still measures the others.
 */
#ifndef VGR_BENCH_SOURCE_H
#define VGR_BENCH_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vgetrandom/types.h>

/* Bytes of a text that says what a call ran, such as "native avx512". */
#define BENCH_RAN_LEN 48

/* Of a thread's buffer. */
#define BENCH_MAX_BUF_LEN (16UL << 20)

/*
 * Makes @calls calls for @len bytes each and returns the sum of what they returned; this is what is
 * timed. Runs in several threads at once, with a buffer each.
 */
typedef long long bench_loop_fn(unsigned char *buf, size_t len, long calls);

/*
 * What may be compared with what.
 *
 * GENERAL: for any program: any thread, any length, nothing to keep or to give back
 * RAW:     a function that a C library builds on; who calls it keeps the state
 * LIMIT:   no generator; what a generator could reach at best
 */
enum bench_kind {
	BENCH_GENERAL,
	BENCH_RAW,
	BENCH_LIMIT,
};

/*
 * name:       for --sources, the table and JSON
 * what:       a line for --help
 * has_chacha: our ChaCha20 runs in it, so its level decides the speed
 * if_named:   measured only if --sources asks for it
 * droppable:  its states are pages that the kernel may drop
 * is_ours:    of our library, by @provider; AUTO is what a program gets that asks for nothing
 * other_libc: runs in a helper under another C library, see other-libc.c
 * never_forks: why its process must not fork; NULL: it may
 * init:       called once; NULL, or a sentence that says why it is missing here. Ours have none
 * enter:      called before each slice, outside of the timed part, with the level of ChaCha20
 *             to use; NULL, or a sentence that says why it failed. May be NULL
 * ran:        what the last calls really ran, which must be the same for all measures. May be NULL
 */
struct bench_source {
	const char *name;
	const char *what;
	enum bench_kind kind;
	bool has_chacha;
	bool if_named;
	bool droppable;
	bool other_libc;
	bool is_ours;
	enum vgetrandom_provider provider;
	const char *never_forks;
	const char *(*init)(void);
	const char *(*enter)(uint32_t chacha);
	void (*ran)(char *text);
	bench_loop_fn *loop;
};

/*
 * The body of a loop. @call is an expression over buf and len; calls are direct, so that no
 * source pays for a function pointer that its users would not pay for. The empty statement
 * counts as reading the bytes: none may be elided.
 */
#define BENCH_LOOP(call)                                      \
	long long sum = 0;                                    \
                                                              \
	for (; calls > 0; calls--) {                          \
		sum += (call);                                \
		__asm__ volatile("" : : "r"(buf) : "memory"); \
	}                                                     \
	return sum

/* As the source has them, and ours by their provider. */
const char *bench_source_init(const struct bench_source *source);
const char *bench_source_enter(const struct bench_source *source, uint32_t chacha);

/* What the calls before in this process ran; empty where nothing could be mixed up. */
void bench_source_ran(const struct bench_source *source, char text[BENCH_RAN_LEN]);

/* NULL if there is none. */
const struct bench_source *bench_source_by_name(const char *name, size_t name_len);

extern const struct bench_source bench_sources[];
extern const unsigned int bench_num_sources;

/*
 * A library that is loaded at run time.
 *
 * @names: of the shared object, the newest first, NULL-terminated
 *
 * Returns its handle, or NULL.
 */
void *bench_load(const char *const *names);

/* Puts the address of function @name into the pointer at @function; false if it is not there. */
bool bench_find(void *lib, const char *name, void *function);

/* system.c: the kernel and the C library of this process */
const char *bench_syscall_init(void);
const char *bench_getentropy_init(void);
const char *bench_arc4random_init(void);
const char *bench_urandom_init(void);
bench_loop_fn bench_syscall_loop;
bench_loop_fn bench_libc_loop;
void bench_libc_ran(char *text);
bench_loop_fn bench_getentropy_loop;
bench_loop_fn bench_arc4random_loop;
bench_loop_fn bench_urandom_loop;

/* raw.c: the functions of vDSO images */
const char *bench_kernel_vdso_init(void);
bench_loop_fn bench_kernel_vdso_loop;
const char *bench_image_init(void);
const char *bench_image_enter(uint32_t chacha);
void bench_image_ran(char *text);
bench_loop_fn bench_image_loop;
bench_loop_fn bench_image_refill_loop;
bench_loop_fn bench_image_reseed_loop;

/* library.c: ours, by provider */
const char *bench_library_enter(enum vgetrandom_provider provider, uint32_t chacha);
void bench_library_ran(char *text);
bench_loop_fn bench_library_loop;

/* other-libc.c */
const char *bench_other_libc_init(void);

/* nss.c, boringssl.c; contexts.c: what has a context per thread; languages.c: other languages */
const char *bench_nss_init(void);
bench_loop_fn bench_nss_loop;
const char *bench_boringssl_init(void);
bench_loop_fn bench_boringssl_loop;
const char *bench_mbedtls_init(void);
bench_loop_fn bench_mbedtls_loop;
const char *bench_botan_init(void);
bench_loop_fn bench_botan_loop;
const char *bench_wolfssl_init(void);
bench_loop_fn bench_wolfssl_loop;
const char *bench_nettle_init(void);
bench_loop_fn bench_nettle_loop;
const char *bench_rust_thread_rng_init(void);
bench_loop_fn bench_rust_thread_rng_loop;
const char *bench_rust_os_rng_init(void);
bench_loop_fn bench_rust_os_rng_loop;
const char *bench_go_rand_init(void);
bench_loop_fn bench_go_rand_loop;

/* openssl.c, sodium.c, bsd.c, gcrypt.c, gnutls.c: other libraries */
const char *bench_openssl_rand_init(void);
bench_loop_fn bench_openssl_rand_loop;
const char *bench_openssl_chacha20_init(void);
bench_loop_fn bench_openssl_chacha20_loop;
const char *bench_sodium_init(void);
const char *bench_sodium_internal_enter(uint32_t chacha);
const char *bench_sodium_system_enter(uint32_t chacha);
void bench_sodium_ran(char *text);
bench_loop_fn bench_sodium_loop;
const char *bench_bsd_init(void);
bench_loop_fn bench_bsd_loop;
const char *bench_gcrypt_init(void);
bench_loop_fn bench_gcrypt_loop;
const char *bench_gnutls_init(void);
bench_loop_fn bench_gnutls_loop;

/* limits.c */
const char *bench_memory_init(void);
bench_loop_fn bench_memset_loop;
bench_loop_fn bench_memcpy_loop;

#endif
