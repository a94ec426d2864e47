/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The parts of vgetrandom fill: where the bytes go, and the jobs that generate and write them.
 */
#ifndef VGR_CLI_FILL_H
#define VGR_CLI_FILL_H

#include <stdbool.h>

#define FILL_WITHOUT_END (~0ul >> 1)
#define FILL_MAX_JOBS    256

/*
 * Where the bytes go.
 *
 * fd, name:      for the messages; the name of the standard output is that
 * is_positioned: a file or a block device that was opened here: each chunk has its offset
 * is_device:     a block device
 * size:          of the device
 */
struct fill_output {
	int fd;
	const char *name;
	bool is_positioned;
	bool is_device;
	unsigned long size;
};

/*
 * Opens @path to be filled with @bytes, a device to its end if that is FILL_WITHOUT_END; sets
 * @bytes to what will be written. A device that is in use is opened only if @force.
 *
 * Returns 0, or the exit status after a line on stderr.
 */
int fill_output_open(struct fill_output *output, const char *path, unsigned long *bytes,
		     bool force);

/*
 * After @written of @bytes: waits until they are on the disk. If they are not all, cuts a file
 * to those: between the chunks of several jobs there may be gaps, which are zeros.
 *
 * @err: what fill_jobs_run() returned
 *
 * Returns the exit status, after a line on stderr if it is not 0.
 */
int fill_output_close(const struct fill_output *output, unsigned long written, unsigned long bytes,
		      int err);

/*
 * Writes @bytes by @num_jobs threads. Shows progress if @progress.
 *
 * Returns 0, an errno of writing (EINTR: a signal came), or -1 after a line on stderr; in
 * @written how many bytes are there, from the first on without a gap.
 */
int fill_jobs_run(const struct fill_output *output, unsigned long bytes, unsigned int num_jobs,
		  bool progress, unsigned long *written);

/* The signal that ended fill_jobs_run(), or 0. */
int fill_jobs_signal(void);

#endif
