// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Where vgetrandom fill writes to: what is refused, and what is said of an output that did not
 * get all its bytes.
 */
#define _GNU_SOURCE
#include "fill.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

/* Direct writes have to be multiples of the device's blocks, which are no longer than this. */
#define BLOCK_LEN 4096ul

/*
 * O_EXCL without O_CREAT: a block device that is mounted, used for swap, or part of another device
 * is refused by the kernel (EBUSY), so is a disk if one of its partitions is. Names in /proc/mounts
 * would say less: a device has several names, and other namespaces have other mounts.
 */
static int open_device(struct fill_output *output, bool force)
{
	output->is_device = true;
	output->fd = open(output->name, O_WRONLY | O_CLOEXEC | (force ? 0 : O_EXCL));
	if (output->fd >= 0)
		return 0;
	if (errno == EBUSY && !force)
		cli_error("'%s' is mounted or in use otherwise, and its content would be lost; "
			  "--force writes to it nevertheless",
			  output->name);
	else
		cli_error("cannot open '%s': %s", output->name, strerror(errno));
	return CLI_EXIT_FAILED;
}

static int open_file(struct fill_output *output)
{
	output->fd = open(output->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (output->fd >= 0)
		return 0;
	cli_error("cannot open '%s': %s", output->name, strerror(errno));
	return CLI_EXIT_FAILED;
}

/* Past the page cache: the bytes are not read again, and would push out what others need. */
static void write_directly(const struct fill_output *output, unsigned long bytes)
{
	int flags = fcntl(output->fd, F_GETFL);
	unsigned int block_len = 0;

	if (flags >= 0 && ioctl(output->fd, BLKSSZGET, &block_len) == 0 && block_len <= BLOCK_LEN &&
	    bytes % BLOCK_LEN == 0)
		(void)fcntl(output->fd, F_SETFL, flags | O_DIRECT);
}

static int find_end(struct fill_output *output, unsigned long *bytes)
{
	off_t size = lseek(output->fd, 0, SEEK_END);

	if (size < 0) {
		cli_error("cannot find out the size of '%s': %s", output->name, strerror(errno));
		return CLI_EXIT_FAILED;
	}
	output->size = (unsigned long)size;
	if (*bytes == FILL_WITHOUT_END)
		*bytes = output->size;
	if (*bytes > output->size) {
		cli_error("--bytes: '%s' has only %lu bytes", output->name, output->size);
		return CLI_EXIT_USAGE;
	}
	write_directly(output, *bytes);
	return 0;
}

int fill_output_open(struct fill_output *output, const char *path, unsigned long *bytes, bool force)
{
	struct stat st = { 0 };
	bool exists = stat(path, &st) == 0;
	int err;

	output->name = path;
	if (exists && S_ISBLK(st.st_mode)) {
		err = open_device(output, force);
		if (err)
			return err;
		output->is_positioned = true;
		return find_end(output, bytes);
	}
	/* Before the file is there, or an old one is gone. */
	if (*bytes == FILL_WITHOUT_END && !(exists && S_ISFIFO(st.st_mode))) {
		cli_error("writing to '%s' needs --bytes, such as --bytes 1G", path);
		return CLI_EXIT_USAGE;
	}
	err = open_file(output);
	if (err)
		return err;
	if (isatty(output->fd)) {
		cli_error("will not write to the terminal '%s'; use a file", path);
		return CLI_EXIT_USAGE;
	}
	output->is_positioned = fstat(output->fd, &st) == 0 && S_ISREG(st.st_mode);
	return 0;
}

static const char *state_of(const struct fill_output *output, bool is_cut)
{
	if (output->is_device)
		return "; behind that, old and new bytes are mixed";
	if (!output->is_positioned)
		return "";
	return is_cut ? "; the file ends there" : "; behind that, the file has gaps";
}

static int report_missing(const struct fill_output *output, unsigned long written,
			  unsigned long bytes, int err)
{
	bool is_cut = output->is_positioned && !output->is_device &&
		      ftruncate(output->fd, (off_t)written) == 0;
	char of[40] = "";

	if (bytes != FILL_WITHOUT_END)
		snprintf(of, sizeof(of), " of %lu", bytes);
	cli_error("cannot write to %s: %s, after %lu%s bytes%s", output->name,
		  err == EINTR ? "ended by a signal" : strerror(err), written, of,
		  state_of(output, is_cut));
	return CLI_EXIT_FAILED;
}

int fill_output_close(const struct fill_output *output, unsigned long written, unsigned long bytes,
		      int err)
{
	int status = CLI_EXIT_GOOD;

	/* A reader that has enough. */
	if (err == EPIPE)
		return status;
	if (err > 0)
		status = report_missing(output, written, bytes, err);
	/* A disk may have taken the bytes and still fail to keep them. */
	if (output->is_positioned && (fsync(output->fd) != 0 || close(output->fd) != 0)) {
		cli_error("%lu bytes were written to '%s', but may not all be on the disk: %s",
			  written, output->name, strerror(errno));
		status = CLI_EXIT_FAILED;
	}
	return status;
}
