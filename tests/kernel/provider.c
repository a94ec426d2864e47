// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The library and /dev/vgetrandom: it is the first choice where it is there, and where something
 * else is in its place, the library maps nothing of that and goes on to the next. As root, because
 * other things are put in its place.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vgetrandom/device.h>
#include <vgetrandom/vgetrandom.h>

#include "child.h"
#include "job.h"
#include "outputs.h"
#include "device.h"
#include "reseed.h"

#define NUM_DRAWS    1000
#define NUM_RESEEDS  20
#define NUM_ATTEMPTS 10
#define FILE_PATH    "/tmp/file"
#define COPY_PATH    "/tmp/copy"
#define FIFO_PATH    "/tmp/fifo"

static void draw_many(void)
{
	unsigned char buf[48];
	struct outputs seen;

	outputs_init(&seen, NUM_DRAWS * sizeof(buf) / 8);
	for (size_t i = 0; i < NUM_DRAWS; i++) {
		size_t len = 1 + i % sizeof(buf);

		if (vgetrandom(buf, len, 0) != (ssize_t)len)
			job_fail("vgetrandom: %s", strerror(errno));
		if (!outputs_add(&seen, buf, len))
			job_fail("%s", seen.why);
	}
	outputs_free(&seen);
}

static void expect_module(void)
{
	const char *name = vgetrandom_provider_name(vgetrandom_get_provider());

	job_check(strcmp(name, "module") == 0, "auto chooses module: actual %s", name);
	draw_many();
}

static struct vgetrandom_stats stats_now(void)
{
	struct vgetrandom_stats stats;

	vgetrandom_stats(&stats, sizeof(stats));
	return stats;
}

/* Of a module that another compiler built, the library does not know how it keeps its states. */
static bool counts_reseeds(void)
{
	struct vgr_module module;
	bool is_ours;

	if (vgr_module_map(VGETRANDOM_DEVICE_PATH, &module) != 0)
		job_fail("the device cannot be mapped");
	is_ours = vgr_module_image_is_ours(&module);
	vgr_module_unmap(&module);
	return is_ours;
}

/* Every reseed of the kernel is one of the library's at the next call. Returns the last count. */
static struct vgetrandom_stats reseed_often(void)
{
	bool counts = counts_reseeds();
	struct vgetrandom_stats before, after = { 0 };
	unsigned char buf[32];

	for (int i = 0; i < NUM_RESEEDS; i++) {
		if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf))
			job_fail("vgetrandom: %s", strerror(errno));
		before = stats_now();
		if (!vgt_reseed_kernel())
			job_fail("RNDRESEEDCRNG: %s", strerror(errno));
		if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf))
			job_fail("vgetrandom: %s", strerror(errno));
		after = stats_now();
		job_check(counts ? after.reseeds > before.reseeds : after.reseeds == 0,
			  "reseed %d was noticed: %llu before, %llu after", i,
			  (unsigned long long)before.reseeds, (unsigned long long)after.reseeds);
	}
	return after;
}

/*
 * No call falls back to the system call, but for one in which the kernel, which has just booted,
 * reseeds by itself, too.
 */
static void expect_reseeds(void)
{
	struct vgetrandom_stats before, after;
	int attempt = 0;

	do {
		before = stats_now();
		after = reseed_often();
	} while (after.fallback_refresh != before.fallback_refresh && ++attempt < NUM_ATTEMPTS);
	job_check(attempt < NUM_ATTEMPTS, "no call fell back in one of %d rounds of %d reseeds",
		  NUM_ATTEMPTS, NUM_RESEEDS);
	job_check(after.fallback_busy + after.fallback_no_state == 0,
		  "no call fell back to the system call");
}

/* By the name it was bound to; the kernel may also show the one that it has elsewhere. */
static void expect_nothing_mapped(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	if (!maps)
		job_fail("/proc/self/maps: %s", strerror(errno));
	while (fgets(line, sizeof(line), maps))
		job_check(!strstr(line, VGETRANDOM_DEVICE_PATH) && !strstr(line, FILE_PATH) &&
				  !strstr(line, COPY_PATH),
			  "nothing of what is in the device's place is mapped: %s", line);
	fclose(maps);
}

static void expect_next(void)
{
	enum vgetrandom_provider provider = vgetrandom_get_provider();

	job_check(
		provider == VGETRANDOM_PROVIDER_NATIVE || provider == VGETRANDOM_PROVIDER_INPROCESS,
		"auto chooses native or inprocess: actual %s", vgetrandom_provider_name(provider));
	job_check(vgetrandom_set_provider(VGETRANDOM_PROVIDER_MODULE) != 0 && errno == ENOTSUP,
		  "and module is not to be had: %s", strerror(errno));
	draw_many();
	expect_nothing_mapped();
}

/* The library chooses once in a process, so each case is one of its own. */
static void start_again(const char *expectation)
{
	execl("/proc/self/exe", "kernel-provider", "--expect", expectation, NULL);
	vgt_child_fail("exec: %s", strerror(errno));
}

static void run_with_device(void *unused)
{
	(void)unused;
	start_again("module");
}

/* In a mount namespace of its own, so that nobody else notices. */
static void run_instead_of_device(void *path)
{
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount(path, VGETRANDOM_DEVICE_PATH, NULL, MS_BIND, NULL) != 0)
		vgt_child_fail("%s cannot be put in its place: %s", (char *)path, strerror(errno));
	start_again("next");
}

static void run_as_nobody(void *unused)
{
	(void)unused;
	if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
		vgt_child_fail("cannot become nobody: %s", strerror(errno));
	start_again("next");
}

static void check(void (*body)(void *), void *arg, const char *what)
{
	char why[VGT_CHILD_WHY_SIZE];

	job_check(vgt_run_child(body, arg, why), "%s: %s", what, why);
}

/*
 * The device's own bytes, data page and image, in a file: whoever can bind a file over the path
 * could have every program run what is in it, at a generation that never changes.
 */
static void copy_device(void)
{
	int fd = open(COPY_PATH, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	struct vgr_module module;

	if (fd < 0 || vgr_module_map(VGETRANDOM_DEVICE_PATH, &module) != 0)
		job_fail("the device cannot be copied: %s", strerror(errno));
	if (write(fd, module.rng_data, module.len) != (ssize_t)module.len)
		job_fail(COPY_PATH ": %s", strerror(errno));
	vgr_module_unmap(&module);
	close(fd);
}

static void make_files(void)
{
	int fd = open(FILE_PATH, O_RDWR | O_CREAT, 0666);

	if (fd < 0 || ftruncate(fd, 8192) != 0 || (mkfifo(FIFO_PATH, 0666) != 0 && errno != EEXIST))
		job_fail("/tmp: %s", strerror(errno));
	close(fd);
	copy_device();
}

static void check_all(void)
{
	make_files();
	check(run_with_device, NULL, "the device");
	check(run_instead_of_device, "/dev/null", "/dev/null instead of the device");
	check(run_instead_of_device, "/dev/zero", "/dev/zero instead of the device");
	check(run_instead_of_device, "/dev/mem", "/dev/mem instead of the device");
	check(run_instead_of_device, FILE_PATH, "a file instead of the device");
	check(run_instead_of_device, COPY_PATH, "a file with the device's bytes instead of it");
	check(run_instead_of_device, FIFO_PATH, "a FIFO instead of the device");
	chmod(VGETRANDOM_DEVICE_PATH, 0600);
	check(run_as_nobody, NULL, "a device that may not be opened");
	chmod(VGETRANDOM_DEVICE_PATH, 0666);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--expect", "all" }, { NULL, NULL } };

	job_start(argc, argv, options);
	if (access(VGETRANDOM_DEVICE_PATH, F_OK) != 0)
		job_skip("no " VGETRANDOM_DEVICE_PATH ": %s", strerror(errno));
	if (strcmp(options[0].value, "module") == 0) {
		expect_module();
		expect_reseeds();
		job_finish("chose the device");
	}
	if (strcmp(options[0].value, "next") == 0) {
		expect_next();
		job_finish("chose the next provider");
	}
	check_all();
	job_finish("first choice of auto, next choice if it refuses");
}
