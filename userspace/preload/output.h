/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Where the lines of --stats go: to what stderr was at load, or to a file. A line is written whole
 * and at once, or not at all; the process cannot tell that there was one, save by what it left.
 * Raw system calls: those of the C library are cancellation points and set errno.
 */
#ifndef VGR_OUTPUT_H
#define VGR_OUTPUT_H

#include <stddef.h>

/* At load: remembers what stderr is. */
void vgr_output_to_stderr(void);

/* At load: the file that is number @inode on @device, as long as @path leads to it. */
void vgr_output_to_file(const char *path, unsigned long long device, unsigned long long inode);

/*
 * When exit() begins: a second descriptor for stderr, which coreutils and others close before
 * destructors run. Not earlier: the reader of a daemon's output would wait for its end of file.
 */
void vgr_output_keep(void);

/*
 * Writes @line, at most PIPE_BUF bytes, unless that would block, raise a signal, exceed a limit or
 * overwrite something. Nothing is held afterwards. Async-signal-safe.
 */
void vgr_output_line(const char *line, size_t len);

#endif
