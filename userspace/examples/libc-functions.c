// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The functions of a C library, a line each over the core: what is left to do for a libc that has
 * the hooks of INTEGRATING.md. Linked in front of musl, these are a program's getrandom(),
 * getentropy() and, which musl does not have, arc4random(): see tests/core/musl.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>
#include <vgetrandom/core.h>

#include "uniform.h"

#define GETENTROPY_LEN_MAX 256

uint32_t arc4random(void);
void arc4random_buf(void *buf, size_t len);
uint32_t arc4random_uniform(uint32_t upper_bound);

static ssize_t result(ssize_t ret)
{
	if (ret >= 0)
		return ret;
	errno = (int)-ret;
	return -1;
}

ssize_t getrandom(void *buf, size_t len, unsigned int flags)
{
	return result(vgetrandom_core_getrandom(buf, len, flags));
}

int getentropy(void *buf, size_t len)
{
	return (int)result(len > GETENTROPY_LEN_MAX ? -EIO : vgetrandom_core_fill(buf, len));
}

/* It cannot fail, and a program must not go on with other numbers. */
void arc4random_buf(void *buf, size_t len)
{
	if (vgetrandom_core_fill(buf, len) != 0)
		abort();
}

uint32_t arc4random(void)
{
	uint32_t number;

	arc4random_buf(&number, sizeof(number));
	return number;
}

uint32_t arc4random_uniform(uint32_t upper_bound)
{
	return vgr_uniform(upper_bound, arc4random);
}
