// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What /dev/vgetrandom answers to input that is wrong: every error that device.h names, and that
 * nothing is mapped after it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vgetrandom/device.h>

#include "alloc-inputs.h"
#include "child.h"
#include "job.h"

static int fd;

static int ioctl_error(unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? errno : 0;
}

/* The size of the structure is a part of the number. */
static int alloc(void *arg, size_t len, void **states)
{
	const struct vgetrandom_device_alloc *args = arg;
	int err = ioctl_error(_IOC(_IOC_READ | _IOC_WRITE, VGETRANDOM_IOC_TYPE,
				   _IOC_NR(VGETRANDOM_IOC_ALLOC), len),
			      arg);

	if (!err)
		*states = (void *)(uintptr_t)args->address;
	return err;
}

static const struct alloc_call by_ioctl = { alloc, VGETRANDOM_DEVICE_ALLOC_SIZE_VER0 };

static void check_other_calls(void)
{
	struct vgetrandom_device_alloc args = { .num = 1 };
	char byte = 0;

	expect_error(ENOTTY, ioctl_error(_IO(VGETRANDOM_IOC_TYPE, 0), &args),
		     "the wrong direction");
	expect_error(ENOTTY, ioctl_error(_IOR(VGETRANDOM_IOC_TYPE, 0, args), &args),
		     "reading only");
	expect_error(ENOTTY, ioctl_error(_IOW(VGETRANDOM_IOC_TYPE, 0, args), &args),
		     "writing only");
	expect_error(ENOTTY, ioctl_error(_IOWR(VGETRANDOM_IOC_TYPE, 1, args), &args),
		     "another number");
	expect_error(ENOTTY, ioctl_error(_IOWR(0xe6, 0, args), &args), "another type");
	expect_error(ENOTTY, ioctl_error(0x5401 /* TCGETS */, &args), "a terminal's");
	expect_error(EINVAL, read(fd, &byte, 1) < 0 ? errno : 0, "read()");
	/* Opened for reading only. */
	expect_error(EBADF, write(fd, &byte, 1) < 0 ? errno : 0, "write()");
}

/* Who may do all this: anybody. */
static void open_as_nobody(void *unused)
{
	struct vgetrandom_device_alloc args = { .num = 1 };
	struct rlimit none = { 0, 0 };
	int other;

	(void)unused;
	if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || setresgid(65534, 65534, 65534) != 0 ||
	    setresuid(65534, 65534, 65534) != 0)
		vgt_child_fail("cannot become nobody: %s", strerror(errno));
	other = open(VGETRANDOM_DEVICE_PATH, O_RDONLY);
	if (other < 0)
		vgt_child_fail("open: %s", strerror(errno));
	if (ioctl(other, VGETRANDOM_IOC_ALLOC, &args) != 0)
		vgt_child_fail("ioctl: %s", strerror(errno));
	other = open(VGETRANDOM_DEVICE_PATH, O_RDWR);
	if (other < 0)
		vgt_child_fail("open for writing: %s", strerror(errno));
	if (write(other, "", 1) != -1 || errno != EINVAL)
		vgt_child_fail("write: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { NULL, NULL } };
	char why[VGT_CHILD_WHY_SIZE];
	struct stat info;

	job_start(argc, argv, options);
	fd = open(VGETRANDOM_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		job_skip("no " VGETRANDOM_DEVICE_PATH ": %s", strerror(errno));
	job_check(fstat(fd, &info) == 0 && (info.st_mode & 07777) == 0666, "mode 0666: actual %o",
		  info.st_mode & 07777);
	check_alloc_inputs(&by_ioctl);
	check_other_calls();
	job_check(vgt_run_child(open_as_nobody, NULL, why), "anybody may use it: %s", why);
	job_finish("%u checks", job_num_checks());
}
