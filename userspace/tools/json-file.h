/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A file of JSON that is there as a whole or not at all.
 */
#ifndef VGR_JSON_FILE_H
#define VGR_JSON_FILE_H

#include <stdio.h>

/*
 * Whether @path could be written, without leaving anything behind. Returns 0 or an errno.
 */
int vgr_json_check(const char *path);

/* Writes everything to @file; errors are seen by the caller. */
typedef void vgr_json_put(FILE *file, const void *arg);

/*
 * Writes what @put(file, @arg) puts to @path. Returns 0, or an errno; then @path is as it was.
 */
int vgr_json_write(const char *path, vgr_json_put *put, const void *arg);

/* A string with its quotes. */
void vgr_json_string(FILE *file, const char *s);

#endif
