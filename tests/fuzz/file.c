// SPDX-License-Identifier: GPL-2.0-only OR MIT
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"

int vgt_fuzz_file(int fd, const uint8_t *data, size_t len)
{
	if (ftruncate(fd, 0) != 0 || pwrite(fd, data, len, 0) != (ssize_t)len) {
		perror("a file for the input");
		exit(1);
	}
	return fd;
}
