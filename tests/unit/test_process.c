// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What concerns the whole process: the choice of a provider, by call and by environment, the
 * statistics, and the data page of the in-process kernel side. The age of keys: test_key_age.c.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "guard.h"
#include "baseline.h"
#include "inprocess.h"
#include "oracle.h"
#include "use-provider.h"

#define MARK       0xee
#define ERRNO_MARK 4711

static uint8_t buf[4096];

Test(process, providers_have_names)
{
	static const char *const names[] = { "auto", "module", "native", "inprocess", "syscall" };
	static const char *const others[] = { "", "Auto", "native ", "nativ", "5" };
	enum vgetrandom_provider provider;

	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++) {
		cr_assert_str_eq(vgetrandom_provider_name((enum vgetrandom_provider)i), names[i]);
		provider = (enum vgetrandom_provider)99;
		cr_assert_eq(vgetrandom_provider_by_name(names[i], &provider), 0);
		cr_assert_eq((unsigned int)provider, i);
	}
	for (unsigned int i = 0; i < sizeof(others) / sizeof(*others); i++) {
		provider = (enum vgetrandom_provider)99;
		errno = 0;
		cr_assert_eq(vgetrandom_provider_by_name(others[i], &provider), -1, "'%s'",
			     others[i]);
		cr_assert_eq(errno, EINVAL);
		cr_assert_eq((unsigned int)provider, 99, "written to after an error");
	}
	cr_assert_null(vgetrandom_provider_name((enum vgetrandom_provider)5));
	cr_assert_null(vgetrandom_provider_name((enum vgetrandom_provider) - 1));
}

Test(process, provider_that_does_not_work_changes_nothing)
{
	static const int unknown[] = { 5, 99, -1, 0x10000, INT32_MIN };

	cr_assert_eq(vgetrandom_set_provider(VGETRANDOM_PROVIDER_INPROCESS), 0);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		errno = 0;
		cr_assert_eq(vgetrandom_set_provider((enum vgetrandom_provider)unknown[i]), -1);
		cr_assert_eq(errno, EINVAL, "%d: errno %d", unknown[i], errno);
	}
	if (access("/dev/vgetrandom", F_OK) != 0) {
		cr_assert_eq(vgetrandom_set_provider(VGETRANDOM_PROVIDER_MODULE), -1);
		cr_assert_eq(errno, ENOTSUP, "errno %d", errno);
	}
	cr_assert_eq(vgetrandom_get_provider(), VGETRANDOM_PROVIDER_INPROCESS);
	cr_assert_eq(vgetrandom(buf, 16, 0), 16);
	errno = ERRNO_MARK;
	cr_assert_eq(vgetrandom_set_provider(VGETRANDOM_PROVIDER_AUTO), 0);
	cr_assert_eq(errno, ERRNO_MARK);
	cr_assert_neq(vgetrandom_get_provider(), VGETRANDOM_PROVIDER_AUTO);
}

Test(process, prepare_may_be_called_at_any_time)
{
	for (size_t i = 0; i < VGT_NUM_PROVIDERS; i++) {
		if (!vgt_use_provider(vgt_providers[i]))
			continue;
		errno = ERRNO_MARK;
		cr_assert_eq(vgetrandom_prepare(0), 0);
		cr_assert_eq(vgetrandom_prepare(200), 0);
		cr_assert_eq(errno, ERRNO_MARK);
		cr_assert_eq(vgetrandom(buf, 16, 0), 16);
	}
}

/* "provider level result" of a process with this environment, see show_choice.c. */
static const char *choice_with(const char *environment)
{
	static char line[128];
	char command[512];
	FILE *pipe;

	snprintf(command, sizeof(command), "env %s %s", environment, VGT_SHOW_CHOICE);
	pipe = popen(command, "r");
	cr_assert(pipe);
	cr_assert(fgets(line, sizeof(line), pipe), "'%s' printed nothing", command);
	cr_assert_eq(pclose(pipe), 0, "'%s' failed", command);
	return line;
}

static void expect_choice(const char *environment, const char *provider, uint32_t level)
{
	char expected[128];
	const char *choice = choice_with(environment);

	snprintf(expected, sizeof(expected), "%s %u 1\n", provider, level);
	cr_assert_str_eq(choice, expected, "'%s': expected %s, got %s", environment, expected,
			 choice);
}

static const char *default_provider(void)
{
	static char name[32];

	cr_assert_eq(vgetrandom_set_provider(VGETRANDOM_PROVIDER_AUTO), 0);
	snprintf(name, sizeof(name), "%s", vgetrandom_provider_name(vgetrandom_get_provider()));
	return name;
}

Test(process, environment_chooses_the_provider)
{
	static const char *const useless[] = { "-u VGETRANDOM_PROVIDER",
					       "VGETRANDOM_PROVIDER=", "VGETRANDOM_PROVIDER=auto",
					       "VGETRANDOM_PROVIDER=nonsense" };
	const uint32_t best = vgr_cpu_chacha_level();
	const char *name = default_provider();
	bool generates = strcmp(name, "inprocess") == 0 || strcmp(name, "native") == 0;
	uint32_t level = generates ? best : VGR_CHACHA_BASELINE;

	expect_choice("VGETRANDOM_PROVIDER=syscall", "syscall", VGR_CHACHA_BASELINE);
	expect_choice("VGETRANDOM_PROVIDER=inprocess", "inprocess", best);
	if (vgt_use_provider(VGETRANDOM_PROVIDER_NATIVE))
		expect_choice("VGETRANDOM_PROVIDER=native", "native", best);
	for (size_t i = 0; i < sizeof(useless) / sizeof(*useless); i++)
		expect_choice(useless[i], name, level);
	if (access("/dev/vgetrandom", F_OK) != 0)
		expect_choice("VGETRANDOM_PROVIDER=module", name, level);
}

Test(process, environment_lowers_the_chacha20_level_and_never_raises_it)
{
	const uint32_t best = vgr_cpu_chacha_level();
	char environment[96];

	for (uint32_t level = 0; level <= VGETRANDOM_CHACHA_AVX512VL; level++) {
		snprintf(environment, sizeof(environment),
			 "VGETRANDOM_PROVIDER=inprocess VGETRANDOM_CHACHA=%s",
			 vgt_level_name(level));
		expect_choice(environment, "inprocess",
			      level <= vgr_cpu_chacha_max() ? level : best);
	}
	expect_choice("VGETRANDOM_PROVIDER=inprocess VGETRANDOM_CHACHA=avx1024", "inprocess", best);
	expect_choice("VGETRANDOM_PROVIDER=inprocess VGETRANDOM_CHACHA=", "inprocess", best);
}

static struct vgetrandom_stats stats(void)
{
	struct vgetrandom_stats s;

	memset(&s, MARK, sizeof(s));
	vgetrandom_stats(&s, sizeof(s));
	return s;
}

static void expect_counted(const char *what, const struct vgetrandom_stats *before, uint64_t calls,
			   uint64_t bytes)
{
	struct vgetrandom_stats now = stats();

	cr_assert_eq(now.calls - before->calls, calls, "%s: expected %lu calls, counted %lu", what,
		     (unsigned long)calls, (unsigned long)(now.calls - before->calls));
	cr_assert_eq(now.bytes - before->bytes, bytes, "%s: expected %lu bytes, counted %lu", what,
		     (unsigned long)bytes, (unsigned long)(now.bytes - before->bytes));
}

Test(process, stats_count_calls_and_bytes)
{
	for (size_t i = 0; i < VGT_NUM_PROVIDERS; i++) {
		struct vgetrandom_stats before;
		uint64_t bytes = 0;

		if (!vgt_use_provider(vgt_providers[i]))
			continue;
		before = stats();
		for (size_t len = 0; len < 1500; len++) {
			cr_assert_eq(vgetrandom(buf, len, 0), (ssize_t)len);
			bytes += len;
		}
		/* An error is a call, too, but no bytes. */
		cr_assert_eq(vgetrandom(buf, 16, 0x80), -1);
		expect_counted(vgetrandom_provider_name(vgt_providers[i]), &before, 1501, bytes);
	}
}

static void *draw_in_a_thread(void *result)
{
	uint8_t bytes[100];

	for (unsigned int i = 0; i < 100; i++)
		if (vgetrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
			*(bool *)result = false;
	return NULL;
}

Test(process, stats_keep_what_ended_threads_did)
{
	for (size_t i = 0; i < VGT_NUM_PROVIDERS; i++) {
		struct vgetrandom_stats before;
		bool good = true;

		if (!vgt_use_provider(vgt_providers[i]))
			continue;
		before = stats();
		for (unsigned int j = 0; j < 10; j++) {
			pthread_t thread;

			cr_assert_eq(pthread_create(&thread, NULL, draw_in_a_thread, &good), 0);
			pthread_join(thread, NULL);
		}
		cr_assert(good);
		expect_counted(vgetrandom_provider_name(vgt_providers[i]), &before, 1000, 100000);
	}
}

Test(process, chacha20_level_is_bounded_by_machine_and_caller)
{
	const uint32_t best = vgr_cpu_chacha_level();

	const uint32_t max = vgr_cpu_chacha_max();

	cr_assert(best <= max && max <= VGETRANDOM_CHACHA_AVX512VL, "levels %u, %u", best, max);
	for (uint32_t bound = 0; bound < 10; bound++) {
		cr_assert_eq(vgr_inprocess_start(bound), 0);
		cr_assert_eq(vgr_inprocess_rng_data()->chacha, bound <= max ? bound : best);
	}
	cr_assert_eq(vgr_inprocess_start(UINT32_MAX), 0);
	cr_assert_eq(vgr_inprocess_rng_data()->chacha, best);
}

Test(process, data_page_is_read_only)
{
	char line[256];
	bool found = false;
	FILE *maps = fopen("/proc/self/maps", "r");

	cr_assert_eq(vgetrandom_set_provider(VGETRANDOM_PROVIDER_INPROCESS), 0);
	while (fgets(line, sizeof(line), maps)) {
		unsigned long start, end, page = (unsigned long)vgr_inprocess_rng_data();
		char protection[5];

		if (sscanf(line, "%lx-%lx %4s", &start, &end, protection) != 3)
			continue;
		cr_assert(!(strchr(protection, 'w') && strchr(protection, 'x')), "%s", line);
		if (page < start || page >= end)
			continue;
		found = true;
		cr_assert_str_eq(protection, "r--p", "the data page is %s", protection);
	}
	cr_assert(found);
	fclose(maps);
}

Test(process, stats_of_other_versions_are_filled_as_far_as_known)
{
	uint64_t words[32];
	struct vgetrandom_stats now;

	cr_assert_eq(vgetrandom(buf, 16, 0), 16);
	now = stats();
	for (size_t len = 0; len <= sizeof(words); len++) {
		size_t known = len < sizeof(now) ? len : sizeof(now);

		memset(words, MARK, sizeof(words));
		vgetrandom_stats((struct vgetrandom_stats *)words, len);
		cr_assert(memcmp(words, &now, known) == 0, "%zu bytes: %s", len,
			  vgt_difference(&now, words, known));
		cr_assert(vgt_all_are((uint8_t *)words + known, len - known, 0),
			  "%zu bytes: what is not known is not zero", len);
		cr_assert(vgt_all_are((uint8_t *)words + len, sizeof(words) - len, MARK),
			  "%zu bytes: wrote beyond", len);
	}
}
