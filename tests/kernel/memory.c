// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See memory.h. Nothing is asked of the kernel's version: what works is there. */
#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vgetrandom/device.h>
#include <vgetrandom/vgetrandom.h>

#include "arch.h"
#include "elf-symbol.h"
#include "inprocess.h"
#include "job.h"
#include "maps.h"

/* Name and version of the image's function; the kernel's own has others on some architectures. */
#define OUR_GETRANDOM "__vdso_getrandom", "LINUX_2.6"

static void *map_native(size_t len, size_t *mapped_len)
{
	void *p;

	*mapped_len = (len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
	p = mmap(NULL, *mapped_len, PROT_READ | PROT_WRITE, MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

/* States share pages, so fewer are asked for than have room. */
static void *map_inprocess(size_t len, size_t *mapped_len)
{
	struct vgetrandom_alloc_args args = { .num = 1 }, probe = { .num = 1 };
	void *p = vgetrandom_alloc(&probe, sizeof(probe));

	if (!p)
		return NULL;
	munmap(p, probe.bytes_allocated);
	args.num = (len + probe.size_per_each - 1) / probe.size_per_each;
	p = vgetrandom_alloc(&args, sizeof(args));
	*mapped_len = args.bytes_allocated;
	return p;
}

static void open_image(struct memory *memory, const void *image, const char *name,
		       const char *version)
{
	struct vgetrandom_opaque_params params = { 0 };
	const void *function = NULL;
	uint32_t word;

	memory->image = image;
	if (image)
		function = vgr_elf_symbol(image, name, version);
	if (!function)
		return;
	memory->getrandom = (vgr_getrandom_fn *)(uintptr_t)function;
	if (memory->getrandom(NULL, 0, 0, &params, ~0UL) != 0)
		job_fail("the image of %s does not tell its parameters", memory->name);
	memory->state_len = params.size_of_opaque_state;
	word = params.reserved[VGETRANDOM_PARAMS_ALLOC];
	if ((word & ~VGETRANDOM_ALLOC_NUMBER_MASK) == VGETRANDOM_ALLOC_TAG)
		memory->alloc_number = word & VGETRANDOM_ALLOC_NUMBER_MASK;
}

bool kernel_has_droppable(void)
{
	size_t len;
	void *p = map_native(PAGE_LEN, &len);

	if (p)
		munmap(p, len);
	return p;
}

static void open_native(struct memory *memory)
{
	if (!kernel_has_droppable())
		job_skip("no MAP_DROPPABLE here: %s", strerror(errno));
	memory->map = map_native;
	memory->is_native = true;
	open_image(memory, (const void *)getauxval(AT_SYSINFO_EHDR), VGR_KERNEL_GETRANDOM,
		   VGR_KERNEL_GETRANDOM_VERSION);
}

/* For map_alloc(): the number of the system call, and of what it is asked for. */
static struct memory alloc_kernel;

static void *map_alloc(size_t len, size_t *mapped_len)
{
	struct vgetrandom_alloc_args args = {
		.num = (len + alloc_kernel.state_len - 1) / alloc_kernel.state_len,
	};
	long ret = syscall(alloc_kernel.alloc_number, &args, sizeof(args));

	*mapped_len = args.bytes_allocated;
	return ret == -1 ? NULL : (void *)ret;
}

static void open_alloc(struct memory *memory)
{
	open_native(memory);
	if (!memory->alloc_number)
		job_skip("the kernel's function tells no system call vgetrandom_alloc()");
	alloc_kernel = *memory;
	memory->map = map_alloc;
}

static void open_inprocess(struct memory *memory)
{
	int err = vgr_inprocess_start(vgr_cpu_chacha_level());

	if (err)
		job_fail("the in-process side does not start: %s", strerror(-err));
	memory->is_native = kernel_has_droppable();
	memory->map = map_inprocess;
	memory->rng_data = vgr_inprocess_rng_data();
	open_image(memory, vgr_inprocess_image(), OUR_GETRANDOM);
}

/* For the life of the program: whoever maps from it needs it open only for that moment. */
static int device_fd = -1;

static void *map_module(size_t len, size_t *mapped_len)
{
	struct vgetrandom_device_alloc args = { .num = 1 };

	/* States share pages, so as many as there are in a page are asked for. */
	if (ioctl(device_fd, VGETRANDOM_IOC_ALLOC, &args) != 0)
		return NULL;
	munmap((void *)(uintptr_t)args.address, args.bytes_allocated);
	args = (struct vgetrandom_device_alloc){
		.num = (len + args.size_per_each - 1) / args.size_per_each,
	};
	if (ioctl(device_fd, VGETRANDOM_IOC_ALLOC, &args) != 0)
		return NULL;
	*mapped_len = args.bytes_allocated;
	return (void *)(uintptr_t)args.address;
}

/* As its mapping says: the module may have been told to use its own. */
static bool module_memory_is_native(void)
{
	struct vgt_vma vma;
	size_t len;
	void *p = map_module(PAGE_LEN, &len);
	bool is_native;

	if (!p || !vgt_vma_of(p, &vma))
		job_fail("the module has no memory for states: %s", strerror(errno));
	is_native = vgt_vma_has(&vma, "dp");
	munmap(p, len);
	return is_native;
}

/* As device.h says: the data page, and the image after it. */
static const unsigned char *map_device(int fd)
{
	off_t len = lseek(fd, 0, SEEK_END);
	unsigned char *p;

	if (len < 2 * PAGE_LEN)
		job_fail("the device has %lld bytes", (long long)len);
	p = mmap(NULL, (size_t)len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED ||
	    mmap(p, PAGE_LEN, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ||
	    mmap(p + PAGE_LEN, (size_t)len - PAGE_LEN, PROT_READ | PROT_EXEC,
		 MAP_SHARED | MAP_FIXED, fd, PAGE_LEN) == MAP_FAILED)
		job_fail("the device cannot be mapped: %s", strerror(errno));
	return p;
}

static void open_module(struct memory *memory)
{
	const unsigned char *device;

	device_fd = open(VGETRANDOM_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	if (device_fd < 0)
		job_skip("no " VGETRANDOM_DEVICE_PATH ": %s", strerror(errno));
	device = map_device(device_fd);
	memory->map = map_module;
	memory->is_native = module_memory_is_native();
	memory->rng_data = (const volatile struct vgetrandom_rng_data *)device;
	open_image(memory, device + PAGE_LEN, OUR_GETRANDOM);
}

/* What states must never lie in: the tests that say so must fail with it. */
static void *map_ordinary(size_t len, size_t *mapped_len)
{
	void *p;

	*mapped_len = (len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
	p = mmap(NULL, *mapped_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

static void open_ordinary(struct memory *memory)
{
	open_inprocess(memory);
	memory->map = map_ordinary;
	memory->is_native = false;
}

void memory_open(struct memory *memory, const char *name)
{
	static const struct {
		const char *name;
		void (*open)(struct memory *memory);
	} kinds[] = {
		{ "native", open_native },     { "alloc", open_alloc },
		{ "module", open_module },     { "inprocess", open_inprocess },
		{ "ordinary", open_ordinary },
	};

	*memory = (struct memory){ .name = name };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name) != 0)
			continue;
		kinds[i].open(memory);
		return;
	}
	fprintf(stderr, "there is no memory '%s': native, alloc, module, inprocess or ordinary\n",
		name);
	exit(2);
}

unsigned char *memory_map(const struct memory *memory, size_t len, size_t *mapped_len)
{
	void *p = memory->map(len, mapped_len);

	if (!p)
		job_fail("no %zu bytes of %s memory: %s", len, memory->name, strerror(errno));
	return p;
}

void memory_draw(const struct memory *memory, void *state, void *buf, size_t len)
{
	ssize_t drawn = memory->getrandom(buf, len, 0, state, memory->state_len);

	if (drawn != (ssize_t)len)
		job_fail("drew %zd bytes instead of %zu", drawn, len);
}

bool pages_are_zero(const void *page, size_t num_pages)
{
	const volatile uint64_t *words = page;

	for (size_t i = 0; i < num_pages * PAGE_LEN / sizeof(*words); i++)
		if (words[i])
			return false;
	return true;
}

long memory_smaps_kb(const void *address, const char *field)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	unsigned long start, end;
	bool is_here = false;
	char line[512], r;
	long kb = -1;

	if (!smaps)
		job_fail("no /proc/self/smaps: %s", strerror(errno));
	while (kb < 0 && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx %c", &start, &end, &r) == 3)
			is_here = (uintptr_t)address >= start && (uintptr_t)address < end;
		else if (is_here && strncmp(line, field, strlen(field)) == 0)
			kb = strtol(line + strlen(field), NULL, 10);
	}
	fclose(smaps);
	return kb;
}

long meminfo_kb(const char *field)
{
	FILE *meminfo = fopen("/proc/meminfo", "re");
	char line[128];
	long kb = -1;

	if (!meminfo)
		job_fail("no /proc/meminfo: %s", strerror(errno));
	while (kb < 0 && fgets(line, sizeof(line), meminfo))
		if (strncmp(line, field, strlen(field)) == 0)
			kb = strtol(line + strlen(field), NULL, 10);
	fclose(meminfo);
	return kb;
}
