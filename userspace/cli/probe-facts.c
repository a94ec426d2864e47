// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the machine offers, each found out by trying. The kernel's version is printed, and decides
 * nothing.
 */
#define _GNU_SOURCE
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "arch.h"
#include "elf-symbol.h"
#include "inprocess.h"
#include "provider.h"
#include "map-types.h"
#include "pagemap.h"
#include "vgetrandom.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* No kernel has this advice. */
#define MADV_IMPOSSIBLE (-1)

static struct probe_fact *add(struct probe *probe, const char *key, const char *title,
			      const char *format, ...) __attribute__((format(printf, 4, 5)));

static struct probe_fact *add(struct probe *probe, const char *key, const char *title,
			      const char *format, ...)
{
	struct probe_fact *fact = &probe->facts[probe->num_facts++];
	va_list args;

	fact->key = key;
	fact->title = title;
	va_start(args, format);
	vsnprintf(fact->text, sizeof(fact->text), format, args);
	va_end(args);
	return fact;
}

static void answer(struct probe_fact *fact, bool yes)
{
	fact->has_answer = true;
	fact->answer = yes ? PROBE_YES : PROBE_NO;
}

static size_t page_len(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static void add_kernel(struct probe *probe)
{
	struct utsname name = { 0 };

	uname(&name);
	add(probe, "kernel", "kernel", "%s %s %s", name.sysname, name.release, name.machine);
}

/* 0 or errno. */
static int try_mapping_type(int type)
{
	void *p = mmap(NULL, page_len(), PROT_READ | PROT_WRITE, MAP_ANONYMOUS | type, -1, 0);

	if (p == MAP_FAILED)
		return errno;
	munmap(p, page_len());
	return 0;
}

static void add_mapping_types(struct probe *probe)
{
	const struct cli_map_types *types = cli_map_types_here();
	int refusal = try_mapping_type(CLI_MAP_IMPOSSIBLE_TYPE);
	int err = try_mapping_type(CLI_MAP_DROPPABLE);

	answer(add(probe, "unknown_types_refused", "unknown mapping types are refused",
		   refusal ? "type %#x: %s"
			   : "type %#x was accepted (emulator?); ignoring such results",
		   CLI_MAP_IMPOSSIBLE_TYPE, strerror(refusal)),
	       refusal);
	answer(add(probe, "map_droppable", "MAP_DROPPABLE", "type %#x in the mask %#x: %s",
		   CLI_MAP_DROPPABLE, types->mask,
		   err       ? strerror(err)
		   : refusal ? "accepted"
			     : "accepted, like everything else"),
	       !err && refusal && cli_is_type_of_its_own(types, CLI_MAP_DROPPABLE));
}

static void compare_with_zero(void *page, void *is_zero)
{
	*(bool *)is_zero = *(volatile unsigned char *)page == 0;
}

static void add_wipe_on_fork(struct probe *probe)
{
	unsigned char *page =
		mmap(NULL, page_len(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool believed, is_zero = false;
	const char *found = "refused";

	if (page == MAP_FAILED)
		return;
	believed = madvise(page, page_len(), MADV_IMPOSSIBLE) != 0;
	if (madvise(page, page_len(), MADV_WIPEONFORK) == 0) {
		*page = 1;
		found = probe_in_child(compare_with_zero, page, &is_zero, sizeof(is_zero)) &&
					is_zero
				? "a forked child found zeros"
				: "accepted, but a forked child found the parent's bytes";
	}
	munmap(page, page_len());
	answer(add(probe, "wipe_on_fork", "MADV_WIPEONFORK", "%s%s", found,
		   believed ? "" : "; every advice is accepted: an emulator?"),
	       is_zero && believed);
}

/* The kernel's function, or NULL; @params stay as they are unless it tells them. */
static const void *kernel_function(struct vgetrandom_opaque_params *params, bool *answers)
{
	const void *function = vgr_elf_symbol((const void *)getauxval(AT_SYSINFO_EHDR),
					      VGR_KERNEL_GETRANDOM, VGR_KERNEL_GETRANDOM_VERSION);

	*answers = function && ((vgr_getrandom_fn *)function)(NULL, 0, 0, params, ~0UL) == 0;
	return function;
}

static void add_vdso(struct probe *probe)
{
	const void *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	struct vgetrandom_opaque_params params = { 0 };
	bool answers;
	const void *function = kernel_function(&params, &answers);

	answer(add(probe, "vdso_getrandom", "the kernel's " VGR_KERNEL_GETRANDOM,
		   answers    ? "states of %u bytes, mmap prot %#x flags %#x"
		   : function ? "is there, but does not report its parameters"
		   : vdso     ? "the kernel's vDSO has none"
			      : "there is no vDSO",
		   params.size_of_opaque_state, params.mmap_prot, params.mmap_flags),
	       answers);
}

/* As that provider does it: by the system call that the function tells, if it tells one. */
static void add_native_states(struct probe *probe)
{
	struct vgetrandom_opaque_params params = { 0 };
	struct vgr_states states;
	unsigned int number;
	bool answers;
	int err;

	kernel_function(&params, &answers);
	number = vgr_alloc_number(&params);
	if (!number) {
		add(probe, "native_states", "native allocates states by",
		    answers ? "mmap()" : "nothing: it needs the kernel's function");
		return;
	}
	err = vgr_alloc_states(number, params.size_of_opaque_state, 1, 1, &states);
	if (!err)
		munmap(states.base, states.mapped_len);
	add(probe, "native_states", "native allocates states by",
	    err ? "mmap(), because system call %u, vgetrandom_alloc(), fails: %s"
		: "vgetrandom_alloc(), system call %u",
	    number, strerror(-err));
}

/* The module says so once it had a page to charge and the kernel charged nobody. */
static bool module_memory_is_uncharged(void)
{
	int fd = open("/sys/module/vgetrandom/parameters/uncharged", O_RDONLY | O_CLOEXEC);
	char said = 'N';

	if (fd < 0)
		return false;
	if (read(fd, &said, 1) != 1)
		said = 'N';
	close(fd);
	return said == 'Y';
}

static void add_device(struct probe *probe)
{
	int fd = open("/dev/vgetrandom", O_RDWR | O_CLOEXEC);
	int err = fd < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	answer(add(probe, "dev_vgetrandom", "/dev/vgetrandom", "%s%s",
		   err ? strerror(err) : "can be opened",
		   module_memory_is_uncharged() ? "; its own memory is charged to no memory cgroup"
						: ""),
	       !err);
}

static void add_readiness(struct probe *probe)
{
	unsigned char byte;
	long ret = vgr_sys_getrandom(&byte, sizeof(byte), GRND_NONBLOCK);

	answer(add(probe, "rng_ready", "the kernel's generator is ready", "getrandom(2): %s",
		   ret == 1 ? "bytes" : strerror((int)-ret)),
	       ret == 1);
}

static void add_chacha20(struct probe *probe)
{
	static const char *const names[] = VGR_CHACHA_LEVEL_NAMES;
	uint32_t best = vgr_cpu_chacha_level(), used;

	vgr_provider_start_image();
	used = vgr_inprocess_rng_data()->chacha;

	add(probe, "chacha20", "ChaCha20", used == best ? "%s" : "%s (the machine has %s)",
	    names[used], names[best]);
}

static void add_memlock(struct probe *probe)
{
	struct rlimit limit = { 0 };

	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_cur == RLIM_INFINITY)
		add(probe, "memlock_limit", "limit of locked memory", "unlimited");
	else
		add(probe, "memlock_limit", "limit of locked memory", "%llu bytes",
		    (unsigned long long)limit.rlim_cur);
}

static void add_pagemap(struct probe *probe)
{
	struct cli_pagemap_knows knows;

	cli_pagemap_ask(&knows);
	answer(add(probe, "pagemap", "pagemap reports who maps a page",
		   knows.pages ? "bit 56%s, PAGEMAP_SCAN%s, soft-dirty%s"
			       : "not available, not even for this process",
		   knows.exclusive ? "" : " missing", knows.scan ? "" : " missing",
		   knows.soft_dirty ? "" : " missing"),
	       knows.pages && knows.exclusive);
}

/* A driver's folder has a link for each device that it drives, and one to its module. */
static bool drives_a_device(const char *driver)
{
	DIR *folder = opendir(driver);
	const struct dirent *entry;
	bool found = false;

	while (folder && !found && (entry = readdir(folder)))
		found = entry->d_type == DT_LNK && strcmp(entry->d_name, "module") != 0;
	if (folder)
		closedir(folder);
	return found;
}

bool probe_has_vm_generation_device(void)
{
	return drives_a_device("/sys/bus/acpi/drivers/vmgenid") ||
	       drives_a_device("/sys/bus/platform/drivers/vmgenid");
}

static void add_vm_generation(struct probe *probe)
{
	bool has = probe_has_vm_generation_device();

	answer(add(probe, "vm_generation_device", "VM generation ID device",
		   has ? "the kernel is told when this machine is a clone"
		       : "the kernel is not told when this machine is a clone"),
	       has);
}

void probe_facts(struct probe *probe)
{
	add_kernel(probe);
	add_mapping_types(probe);
	add_wipe_on_fork(probe);
	add_vdso(probe);
	add_native_states(probe);
	add_device(probe);
	add_readiness(probe);
	add_chacha20(probe);
	add_memlock(probe);
	add_pagemap(probe);
	add_vm_generation(probe);
}
