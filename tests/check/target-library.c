// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgetrandom() of the library, by provider. The library is linked statically, so that its
 * state can be found where the library itself looks for it.
 */
#define _GNU_SOURCE
#include "target.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vgetrandom/device.h>
#include <vgetrandom/vgetrandom.h>

#include "code.h"
#include "draw.h"
#include "elf-symbol.h"
#include "inprocess.h"
#include "provider.h"
#include "device.h"
#include "reseed.h"
#include "thread.h"

static const char *use_provider(enum vgetrandom_provider provider)
{
	static char reason[128];

	if (vgetrandom_set_provider(provider) != 0) {
		snprintf(reason, sizeof(reason), "the library's provider %s does not work here",
			 vgetrandom_provider_name(provider));
		return reason;
	}
	check_function.function = (const void *)vgetrandom;
	check_function.convention = CHECK_GETRANDOM;
	return NULL;
}

/*
 * The clock of the provider inprocess: it stands still but for a reseed, which puts it forward. The
 * kernel's starts over when the time changes under it, and a call of that one would have more
 * instructions now and then, so that a boundary of one run were another one's of the next. It
 * touches nothing of ours: a fault in it is one before or after it.
 */
static struct vgr_port_timespec start;
static volatile long put_forward;

static int clock_for_test(int clock, struct vgr_port_timespec *now)
{
	(void)clock;
	*now = start;
	now->s += put_forward;
	return 0;
}

static long seconds_for_test(long *seconds)
{
	(void)seconds;
	return start.s + put_forward;
}

bool check_inprocess_reseed(void)
{
	put_forward += VGR_RESEED_INTERVAL_S;
	return true;
}

bool check_kernel_reseed(void)
{
	return vgt_reseed_kernel();
}

const char *check_vgetrandom_inprocess_init(const char *argument)
{
	const char *missing;

	(void)argument;
	check_name_image("vgetrandom-vdso.so", vgr_inprocess_image());
	check_find_chacha20(vgr_inprocess_image());
	missing = use_provider(VGETRANDOM_PROVIDER_INPROCESS);
	if (missing)
		return missing;
	vgr_inprocess.clock(VGR_CLOCK, &start);
	vgr_inprocess.clock = clock_for_test;
	vgr_inprocess.seconds = seconds_for_test;
	return NULL;
}

const char *check_vgetrandom_native_init(const char *argument)
{
	(void)argument;
	check_name_image("vgetrandom-vdso.so", vgr_inprocess_image());
	check_find_chacha20(vgr_inprocess_image());
	return use_provider(VGETRANDOM_PROVIDER_NATIVE);
}

const char *check_vgetrandom_syscall_init(const char *argument)
{
	(void)argument;
	return use_provider(VGETRANDOM_PROVIDER_SYSCALL);
}

/* Where the library has mapped it, found by where the function lies in another mapping. */
static const void *module_image(void)
{
	const char *function = (const char *)(uintptr_t)vgr_provider()->getrandom;
	struct vgr_module module;
	const char *twin;

	if (vgr_module_map(VGETRANDOM_DEVICE_PATH, &module) != 0)
		return NULL;
	twin = vgr_elf_symbol(module.image, "__vdso_getrandom", "LINUX_2.6");
	vgr_module_unmap(&module);
	return function - (twin - (const char *)module.image);
}

const char *check_vgetrandom_module_init(const char *argument)
{
	const char *missing = use_provider(VGETRANDOM_PROVIDER_MODULE);
	const void *image = missing ? NULL : module_image();

	(void)argument;
	if (image) {
		check_name_image("vgetrandom-vdso.so", image);
		check_find_chacha20(image);
	}
	return missing;
}

/* The data page lies one page before the image. */
uint64_t check_module_generation(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const volatile struct vgetrandom_rng_data *data;

	if (!check_function.image)
		return 0;
	data = (const void *)(check_function.image - page);
	return data->generation;
}

void *check_thread_state(void)
{
	const struct vgr_slot *slot = vgr_thread()->slot;

	return slot ? slot->opaque : NULL;
}
