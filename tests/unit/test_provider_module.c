// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The provider "module" where there is no module: whatever the path leads to, the library must not
 * take it for the device, hang, or leave a mapping behind. A file with the layout of the device
 * stands in for it.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vgetrandom/device.h>
#include <vgetrandom/vgetrandom.h>

#include "elf-symbol.h"
#include "image.h"
#include "inprocess.h"
#include "maps.h"
#include "device.h"
#include "state.h"
#include "vgetrandom.h"

#define PAGE       4096
#define GENERATION 77

static char folder[] = "/tmp/vgetrandom-XXXXXX";
static char path[64];

static void make_folder(void)
{
	cr_assert(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/device", folder);
}

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

TestSuite(provider_module, .init = make_folder, .fini = remove_folder);

/* A data page and the image of this library; returns how long the file is. */
static size_t write_device(void)
{
	struct vgetrandom_rng_data data = { .generation = GENERATION, .is_ready = 1 };
	const Elf64_Ehdr *header = vgr_inprocess_image();
	size_t len = header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;
	size_t whole = PAGE + (len + PAGE - 1) / PAGE * PAGE;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	cr_assert(fd >= 0);
	cr_assert_eq(pwrite(fd, &data, sizeof(data), 0), (ssize_t)sizeof(data));
	cr_assert_eq(pwrite(fd, header, len, PAGE), (ssize_t)len);
	cr_assert_eq(ftruncate(fd, (off_t)whole), 0);
	close(fd);
	return whole;
}

static void overwrite(off_t offset, unsigned char byte)
{
	int fd = open(path, O_RDWR);

	cr_assert(fd >= 0);
	cr_assert_eq(pwrite(fd, &byte, 1, offset), 1);
	close(fd);
}

/* The file that stands in for the device, as if it had answered the call for states. */
static int map_file(struct vgr_module *module)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret;

	cr_assert(fd >= 0);
	ret = vgr_module_map_fd(fd, module);
	close(fd);
	return ret;
}

static struct vgt_maps before, after;

static void expect_refusal_by(int (*map)(struct vgr_module *module), const char *what, int err)
{
	struct vgr_module module;
	int ret;

	vgt_maps_read(&before);
	ret = map(&module);
	vgt_maps_read(&after);
	cr_assert_eq(ret, err, "%s: expected %d, got %d", what, err, ret);
	cr_assert(vgt_maps_are_equal(&before, &after), "%s: a mapping stayed behind", what);
}

static int map_path(struct vgr_module *module)
{
	return vgr_module_map(path, module);
}

static void expect_refusal(const char *what, int err)
{
	expect_refusal_by(map_path, what, err);
	if (err != -ENOENT)
		expect_refusal_by(map_file, what, err);
}

/* Bound over the path in a container, say: nothing of it may be mapped, let alone run. */
Test(provider_module, file_that_looks_like_the_device_is_refused)
{
	write_device();
	expect_refusal_by(map_path, "a file", -ENOTSUP);
}

Test(provider_module, path_that_leads_elsewhere_is_refused)
{
	expect_refusal("nothing there", -ENOENT);

	cr_assert_eq(mkfifo(path, 0600), 0);
	expect_refusal("a pipe", -ENOTSUP);
	unlink(path);

	cr_assert_eq(symlink("/dev/null", path), 0);
	expect_refusal("another device", -ENOTSUP);
	unlink(path);

	write_device();
	cr_assert_eq(truncate(path, PAGE), 0);
	expect_refusal("no image", -ENOTSUP);
	cr_assert_eq(truncate(path, 2 * PAGE + 1), 0);
	expect_refusal("a part of a page", -ENOTSUP);
	cr_assert_eq(truncate(path, 1024 * PAGE), 0);
	expect_refusal("too long", -ENOTSUP);

	write_device();
	overwrite(PAGE, 0);
	expect_refusal("not an ELF image", -ENOTSUP);
}

Test(provider_module, image_of_the_device_works)
{
	struct vgr_module module;
	struct vgr_state *st = vgt_states_alloc();
	size_t len = write_device();
	vgr_getrandom_fn *fn;
	uint8_t buf[64] = { 0 };

	cr_assert_eq(map_file(&module), 0);
	cr_assert_eq(module.len, len);
	cr_assert_eq((const char *)module.image - (const char *)module.rng_data, PAGE);
	cr_assert_eq(module.rng_data->generation, GENERATION);
	cr_assert(vgr_module_image_is_ours(&module));
	fn = (vgr_getrandom_fn *)vgr_elf_symbol(module.image, "__vdso_getrandom", "LINUX_2.6");
	cr_assert(fn);
	cr_assert_eq(fn(buf, sizeof(buf), 0, st, sizeof(*st)), (ssize_t)sizeof(buf));
	cr_assert_eq(st->generation, GENERATION, "it did not read the data page in front of it");
	vgr_module_unmap(&module);
	vgt_states_free(st);
}

Test(provider_module, image_that_differs_is_not_ours)
{
	struct vgr_module module;
	const unsigned char *image = vgr_inprocess_image();
	size_t last = vgr_elf_len(image) - 1;

	write_device();
	overwrite(PAGE + (off_t)last, (unsigned char)~image[last]);
	cr_assert_eq(map_file(&module), 0);
	cr_assert_not(vgr_module_image_is_ours(&module));
	vgr_module_unmap(&module);
}

static size_t num_open_files(void)
{
	size_t num = 0;

	for (int fd = 0; fd < 1024; fd++)
		num += fcntl(fd, F_GETFD) != -1;
	return num;
}

/* In a sandbox that hides /dev, for example; the library goes on with memory of its own. */
Test(provider_module, states_can_be_had_without_the_device)
{
	size_t num = num_open_files();
	struct vgr_states states;
	struct vgr_module module;

	errno = 4711;
	cr_assert_eq(vgr_module_map_states(1024, 5, &states), 0);
	cr_assert_eq(errno, 4711);
	cr_assert(states.num >= 5 && states.stride >= 1024);
	munmap(states.base, states.mapped_len);
	write_device();
	cr_assert_eq(map_file(&module), 0);
	vgr_module_unmap(&module);
	cr_assert_eq(num_open_files(), num, "a file stayed open");
}
