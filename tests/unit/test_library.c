// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The public functions against their contracts in vgetrandom.h, on every provider that
 * works here.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "guard.h"
#include "use-provider.h"

#define MARK       0xee
#define ERRNO_MARK 4711

static uint8_t buf[300000];

static void expect_contract_of_getrandom(const char *name)
{
	static const size_t lens[] = { 0, 1, 16, 300, 5000 };

	for (unsigned int flags = 0; flags < 256; flags++) {
		for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
			ssize_t wanted, ret;
			int wanted_errno;

			errno = ERRNO_MARK;
			wanted = syscall(SYS_getrandom, buf, lens[i], flags);
			wanted_errno = errno;
			errno = ERRNO_MARK;
			ret = vgetrandom(buf, lens[i], flags);
			cr_assert(ret == wanted && errno == wanted_errno,
				  "%s, flags %#x, len %zu: expected %zd (%d), got %zd (%d)", name,
				  flags, lens[i], wanted, wanted_errno, ret, errno);
		}
	}
}

Test(library, has_the_contract_of_getrandom)
{
	for (size_t i = 0; i < VGT_NUM_PROVIDERS; i++)
		if (vgt_use_provider(vgt_providers[i]))
			expect_contract_of_getrandom(vgetrandom_provider_name(vgt_providers[i]));
}

static void expect_exact_bytes(const char *name, size_t len)
{
	uint8_t *to = buf + 64 + len % 64;

	memset(buf, MARK, len + 256);
	cr_assert_eq(vgetrandom(to, len, 0), (ssize_t)len, "%s, len %zu", name, len);
	cr_assert(vgt_all_are(buf, 64 + len % 64, MARK) && vgt_all_are(to + len, 64, MARK),
		  "%s, len %zu: wrote beside the buffer", name, len);
	cr_assert(len < 8 || (!vgt_all_are(to, 8, MARK) && !vgt_all_are(to + len - 8, 8, MARK)),
		  "%s, len %zu: not all was written", name, len);
}

Test(library, writes_exactly_what_was_asked_for)
{
	for (size_t i = 0; i < VGT_NUM_PROVIDERS; i++) {
		const char *name = vgetrandom_provider_name(vgt_providers[i]);

		if (!vgt_use_provider(vgt_providers[i]))
			continue;
		for (size_t len = 0; len <= 2100; len++)
			expect_exact_bytes(name, len);
		expect_exact_bytes(name, 65536);
		expect_exact_bytes(name, 262145);
	}
}

static int compare_16(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

Test(library, never_repeats_itself)
{
	enum { SHORT = 4000, LONG = 16, NUM = VGT_NUM_PROVIDERS * (SHORT + LONG * 256) };
	uint8_t(*outputs)[16] = calloc(NUM, 16);
	size_t n = 0;

	for (size_t i = 0; i < VGT_NUM_PROVIDERS; i++) {
		if (!vgt_use_provider(vgt_providers[i]))
			continue;
		for (unsigned int j = 0; j < SHORT; j++)
			cr_assert_eq(vgetrandom(outputs[n++], 16, 0), 16);
		for (unsigned int j = 0; j < LONG; j++, n += 256)
			cr_assert_eq(vgetrandom(outputs[n], 4096, 0), 4096);
	}
	qsort(outputs, n, 16, compare_16);
	for (size_t i = 1; i < n; i++)
		cr_assert(memcmp(outputs[i - 1], outputs[i], 16) != 0, "16 bytes came twice");
	free(outputs);
}

Test(library, getentropy_gives_256_bytes_at_most)
{
	for (size_t len = 0; len <= 256; len++) {
		memset(buf, MARK, 512);
		errno = ERRNO_MARK;
		cr_assert_eq(vgetrandom_getentropy(buf, len), 0);
		cr_assert_eq(errno, ERRNO_MARK);
		cr_assert(vgt_all_are(buf + len, 256, MARK), "%zu bytes: wrote beyond", len);
		cr_assert(len < 8 || !vgt_all_are(buf + len - 8, 8, MARK), "%zu bytes: too few",
			  len);
	}
	for (size_t len = 257; len; len *= 2) {
		memset(buf, MARK, 512);
		cr_assert_eq(vgetrandom_getentropy(buf, len), -1);
		cr_assert_eq(errno, EIO, "%zu bytes: errno %d", len, errno);
		cr_assert(vgt_all_are(buf, 512, MARK), "%zu bytes: wrote", len);
	}
}

Test(library, arc4random_buf_gives_any_number_of_bytes)
{
	static const size_t lens[] = { 0, 1, 16, 257, 5000, 262145 };

	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		memset(buf, MARK, sizeof(buf));
		errno = ERRNO_MARK;
		vgetrandom_arc4random_buf(buf + 8, lens[i]);
		cr_assert_eq(errno, ERRNO_MARK);
		cr_assert(vgt_all_are(buf, 8, MARK) && vgt_all_are(buf + 8 + lens[i], 64, MARK));
		cr_assert(lens[i] < 8 || !vgt_all_are(buf + lens[i], 8, MARK));
	}
}

/*
 * So far above the mean that of the eleven in this file a fair generator has one there once in more
 * than 5 * 10^10 runs.
 */
static double chi_square_limit(size_t classes)
{
	double freedom = (double)classes - 1;

	return freedom + 6.5 * sqrt(2 * freedom) + 40;
}

static void expect_even(const char *what, const unsigned int *counts, size_t classes,
			unsigned int total)
{
	double mean = (double)total / (double)classes, sum = 0;

	for (size_t i = 0; i < classes; i++)
		sum += (counts[i] - mean) * (counts[i] - mean) / mean;
	cr_assert(sum < chi_square_limit(classes), "%s: chi square %.1f, limit %.1f", what, sum,
		  chi_square_limit(classes));
}

Test(library, arc4random_uniform_is_below_its_bound_and_even)
{
	enum { DRAWS = 100000 };
	static const uint32_t bounds[] = { 2, 3, 5, 7, 10, 100, 256 };

	for (unsigned int i = 0; i < 1000; i++) {
		cr_assert_eq(vgetrandom_arc4random_uniform(0), 0);
		cr_assert_eq(vgetrandom_arc4random_uniform(1), 0);
		cr_assert(vgetrandom_arc4random_uniform(0x80000001) <= 0x80000000);
		cr_assert(vgetrandom_arc4random_uniform(UINT32_MAX) < UINT32_MAX);
	}
	for (size_t i = 0; i < sizeof(bounds) / sizeof(*bounds); i++) {
		unsigned int counts[256] = { 0 };

		for (unsigned int j = 0; j < DRAWS; j++) {
			uint32_t number = vgetrandom_arc4random_uniform(bounds[i]);

			cr_assert(number < bounds[i], "%u is not below %u", number, bounds[i]);
			counts[number]++;
		}
		expect_even("small bound", counts, bounds[i], DRAWS);
	}
}

/* Without refusing any draw, a third of all numbers below 3 * 2^30 would come twice as often. */
Test(library, arc4random_uniform_refuses_what_would_be_uneven)
{
	enum { DRAWS = 100000 };
	unsigned int by_height[3] = { 0 }, by_remainder[3] = { 0 };

	for (unsigned int j = 0; j < DRAWS; j++) {
		uint32_t number = vgetrandom_arc4random_uniform(0xc0000000);

		cr_assert(number < 0xc0000000);
		by_height[number >> 30]++;
		by_remainder[number % 3]++;
	}
	expect_even("height", by_height, 3, DRAWS);
	expect_even("remainder", by_remainder, 3, DRAWS);
}

Test(library, bytes_are_even)
{
	enum { LEN = 256 * 1024 };
	unsigned int counts[256] = { 0 };

	for (size_t done = 0; done < LEN; done += 64)
		cr_assert_eq(vgetrandom(buf + done, 64, 0), 64);
	for (size_t i = 0; i < LEN; i++)
		counts[buf[i]]++;
	expect_even("bytes", counts, 256, LEN);
	memset(counts, 0, sizeof(counts));
	for (unsigned int i = 0; i < 100000; i++)
		counts[vgetrandom_arc4random() >> 24]++;
	expect_even("arc4random", counts, 256, 100000);
}
