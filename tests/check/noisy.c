// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* For a test: getrandom(2), by somebody who talks. None of it may be seen. */
#define _GNU_SOURCE
#include <sys/random.h>
#include <sys/types.h>
#include <unistd.h>

__attribute__((visibility("default"))) ssize_t noisy_getrandom(void *buf, size_t len,
							       unsigned int flags);

ssize_t noisy_getrandom(void *buf, size_t len, unsigned int flags)
{
	static const char noise[] = "noise\n";

	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (write(fd, noise, sizeof(noise) - 1) < 0)
			return -1;
	return getrandom(buf, len, flags);
}
