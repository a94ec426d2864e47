// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The table of targets, and how a call of each convention is made and understood.
 */
#define _GNU_SOURCE
#include "target.h"

#include <stdio.h>
#include <string.h>
#include <vgetrandom/vgetrandom.h>

#include "kernel-generation.h"
#include "state.h"

/*
 * A longer read finds only a part of what it needs. A short one finds an early position: one that
 * is wrongly put back is behind what a nested call has read.
 */
#define OUR_BATCH ((int)VGR_BATCH_LEN)
#define OUR_BYTES                                 \
	{                                         \
		{ 0, 0 }, { 4, OUR_BATCH - 124 }, \
		{                                 \
			OUR_BATCH, OUR_BATCH      \
		}                                 \
	}

/* The batch is 96 bytes. */
#define KERNEL_BYTES                \
	{                           \
		{ 0, 0 }, { 4, 4 }, \
		{                   \
			96, 96      \
		}                   \
	}
#define FIND_OUT                      \
	{                             \
		{ 0, 0 }, { -1, -1 }, \
		{                     \
			-1, -1        \
		}                     \
	}

const char *const check_start_names[CHECK_NUM_STARTS] = {
	[CHECK_FRESH] = "fresh",
	[CHECK_PARTIAL] = "partial",
	[CHECK_EMPTY] = "empty",
};

#define DEFAULT_NAME "vgetrandom"

struct check_function check_function;

const struct check_target check_targets[] = {
	{
		.name = "vdso",
		.what = "the raw function of our image",
		.init = check_vdso_init,
		.enter = check_vdso_enter,
		.state = check_raw_state,
		.reseed = check_vdso_reseed,
		.bytes_before = OUR_BYTES,
		/* vdso/README.md, "Known limitations". */
		.known = "fork+signal+signal",
		.explains = check_vdso_explains,
		.has_levels = true,
		.signal_safe = true,
	},
	{
		.name = "kernel-vdso",
		.what = "the raw function of the kernel's own vDSO",
		.init = check_kernel_vdso_init,
		.state = check_raw_state,
		.reseed = check_kernel_reseed,
		.generation = vgt_kernel_generation,
		.bytes_before = KERNEL_BYTES,
		.signal_safe = true,
	},
	{
		.name = DEFAULT_NAME,
		.what = "vgetrandom() of the library as a program gets it",
		.is_default = true,
	},
	{
		.name = "vgetrandom-module",
		.what = "vgetrandom() of the library, provider module",
		.init = check_vgetrandom_module_init,
		.state = check_thread_state,
		.generation = check_module_generation,
		.bytes_before = OUR_BYTES,
		.signal_safe = true,
		.recovers = true,
	},
	{
		.name = "vgetrandom-native",
		.what = "vgetrandom() of the library, provider native",
		.init = check_vgetrandom_native_init,
		.enter = check_vdso_enter,
		.state = check_thread_state,
		.reseed = check_kernel_reseed,
		.generation = vgt_kernel_generation,
		.bytes_before = OUR_BYTES,
		.has_levels = true,
		.signal_safe = true,
		.recovers = true,
	},
	{
		.name = "vgetrandom-inprocess",
		.what = "vgetrandom() of the library, provider inprocess",
		.init = check_vgetrandom_inprocess_init,
		.enter = check_vdso_enter,
		.state = check_thread_state,
		.reseed = check_inprocess_reseed,
		.bytes_before = OUR_BYTES,
		.has_levels = true,
		.signal_safe = true,
		.recovers = true,
	},
	{
		.name = "vgetrandom-syscall",
		.what = "vgetrandom() of the library, provider syscall",
		.init = check_vgetrandom_syscall_init,
		.bytes_before = FIND_OUT,
		.signal_safe = true,
		.recovers = true,
	},
	{
		.name = "libc",
		.what = "getrandom() of the C library",
		.init = check_libc_init,
		.bytes_before = FIND_OUT,
		.signal_safe = true,
		.libc_fork = true,
	},
	{
		.name = "libc-getentropy",
		.what = "getentropy() of the C library",
		.init = check_libc_getentropy_init,
		.bytes_before = FIND_OUT,
		.signal_safe = true,
		.libc_fork = true,
	},
	{
		.name = "libc-arc4random",
		.what = "arc4random_buf() of the C library",
		.init = check_libc_arc4random_init,
		.bytes_before = FIND_OUT,
		.libc_fork = true,
	},
	{
		.name = "openssl",
		.what = "RAND_bytes() of libcrypto.so.3",
		.init = check_openssl_init,
		.bytes_before = FIND_OUT,
		.libc_fork = true,
	},
	{
		.name = "libsodium",
		.what = "randombytes_buf() of libsodium.so.23",
		.init = check_libsodium_init,
		.bytes_before = FIND_OUT,
		.libc_fork = true,
	},
	{
		.name = "libbsd",
		.what = "arc4random_buf() of libbsd.so.0",
		.init = check_libbsd_init,
		.bytes_before = FIND_OUT,
		.libc_fork = true,
	},
	{
		.name = "lib",
		.what = "a library of your own",
		.takes_argument = true,
		.init = check_lib_init,
		.bytes_before = FIND_OUT,
		.signal_safe = true,
		.libc_fork = true,
	},
};

const unsigned int check_num_targets = sizeof(check_targets) / sizeof(check_targets[0]);

/* What is known of a target depends on the provider, so the default is the target of that. */
static const struct check_target *default_target(const char **argument)
{
	char name[64];

	snprintf(name, sizeof(name), "%s-%s", DEFAULT_NAME,
		 vgetrandom_provider_name(vgetrandom_get_provider()));
	return check_target_by_name(name, argument);
}

const struct check_target *check_target_by_name(const char *name, const char **argument)
{
	const char *colon = strchr(name, ':');
	size_t len = colon ? (size_t)(colon - name) : strlen(name);

	*argument = colon ? colon + 1 : NULL;
	for (unsigned int i = 0; i < check_num_targets; i++) {
		const struct check_target *target = &check_targets[i];

		if (strlen(target->name) != len || memcmp(target->name, name, len) != 0)
			continue;
		if (target->takes_argument != (colon != NULL))
			continue;
		return target->is_default ? default_target(argument) : target;
	}
	return NULL;
}

void check_target_args(uint64_t args[6], void *buf, size_t len)
{
	args[0] = (uintptr_t)buf;
	args[1] = len;
	args[2] = 0;
	args[3] = (uintptr_t)check_function.state;
	args[4] = check_function.state_len;
	args[5] = 0;
}

bool check_target_succeeded(uint64_t ret, size_t len)
{
	switch (check_function.convention) {
	case CHECK_VDSO:
	case CHECK_GETRANDOM:
		return ret == len;
	case CHECK_GETENTROPY:
		return (int)ret == 0;
	case CHECK_RAND_BYTES:
		return (int)ret == 1;
	default:
		return true;
	}
}

bool check_target_refused(uint64_t ret)
{
	switch (check_function.convention) {
	case CHECK_VDSO:
		return (int64_t)ret < 0 && (int64_t)ret >= -4095;
	case CHECK_GETRANDOM:
		return (int64_t)ret == -1;
	case CHECK_GETENTROPY:
		return (int)ret == -1;
	case CHECK_RAND_BYTES:
		return (int)ret != 1;
	default:
		return false;
	}
}

typedef uint64_t any_function(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

uint64_t check_target_draw(void *buf, size_t len)
{
	uint64_t args[6];

	check_target_args(args, buf, len);
	return ((any_function *)check_function.function)(args[0], args[1], args[2], args[3],
							 args[4]);
}

size_t check_target_size_max(void)
{
	return check_function.convention == CHECK_GETENTROPY ? 256 : CHECK_SIZE_MAX;
}
