// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * I9 of vdso/README.md for every public function, whatever its provider: what a call returned lies
 * in the caller's buffer, and not in a register or below the stack pointer as well.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <vgetrandom/vgetrandom.h>

#include "probe.h"
#include "use-provider.h"

/* It calls its runtime between the instructions of the library, which has to save registers then.
 */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define HAS_ADDRESS_SANITIZER 1
#endif
#ifndef HAS_ADDRESS_SANITIZER
#define HAS_ADDRESS_SANITIZER 0
#endif

static struct vgt_probe probe;
static uint8_t buf[5000];

static void expect_no_trace(const char *function, const char *provider, const void *bytes,
			    size_t len)
{
	size_t at;

	cr_assert_not(vgt_probe_stack_has(&probe, bytes, len, &at),
		      "%s, %s, %zu bytes: on the stack at %zu", provider, function, len, at);
	cr_assert_not(vgt_probe_registers_have(&probe, bytes, len, &at),
		      "%s, %s, %zu bytes: in the registers at %zu", provider, function, len, at);
}

static void check_vgetrandom(const char *provider)
{
	static const size_t lens[] = { 6,  7,  8,   15,  16,  24,  31,  32,  33,   48,
				       64, 65, 100, 255, 256, 640, 641, 928, 1000, 5000 };
	const void *function = (const void *)vgetrandom;

	for (unsigned int round = 0; round < 100; round++) {
		for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
			uint64_t args[6] = { (uintptr_t)buf, lens[i], 0 };

			cr_assert_eq(vgt_probe_call(&probe, function, args), lens[i]);
			expect_no_trace("vgetrandom", provider, buf, lens[i]);
		}
	}
}

static void check_others(const char *provider)
{
	uint64_t args[6] = { (uintptr_t)buf, 256 };

	cr_assert_eq((int)vgt_probe_call(&probe, (const void *)vgetrandom_getentropy, args), 0);
	expect_no_trace("getentropy", provider, buf, 256);
	args[1] = 1000;
	vgt_probe_call(&probe, (const void *)vgetrandom_arc4random_buf, args);
	expect_no_trace("arc4random_buf", provider, buf, 1000);
}

static bool is_on_stack(uint32_t number)
{
	for (size_t i = 0; i + sizeof(number) <= VGT_PROBE_STACK_LEN; i += sizeof(number))
		if (memcmp(probe.stack + i, &number, sizeof(number)) == 0)
			return true;
	return false;
}

/*
 * Four bytes are on the stack by chance, too: one of its 4096 words is the number of a call once in
 * 2^20 calls at most, and so those of three in 400 calls are less than once in 10^10 runs.
 */
static void check_arc4random(const char *provider)
{
	size_t num = 0;

	for (unsigned int i = 0; i < 200; i++) {
		uint64_t args[6] = { UINT32_MAX };

		num += is_on_stack((uint32_t)vgt_probe_call(
			&probe, (const void *)vgetrandom_arc4random, args));
		num += is_on_stack((uint32_t)vgt_probe_call(
			&probe, (const void *)vgetrandom_arc4random_uniform, args));
	}
	cr_assert_leq(num, 2, "%s: arc4random() left %zu of 400 numbers on the stack", provider,
		      num);
}

Test(leftover, public_functions_leave_nothing_behind)
{
	if (HAS_ADDRESS_SANITIZER)
		cr_skip_test(
			"AddressSanitizer has the compiler save what the library leaves nowhere");
	vgt_probe_init(&probe);
	for (size_t i = 0; i < VGT_NUM_PROVIDERS; i++) {
		const char *name = vgetrandom_provider_name(vgt_providers[i]);

		if (!vgt_use_provider(vgt_providers[i]))
			continue;
		check_vgetrandom(name);
		check_others(name);
		check_arc4random(name);
	}
	vgt_probe_exit(&probe);
}
