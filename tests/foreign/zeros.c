// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The worst generator: zeros. Once as the vDSO, once as a preloaded library. A suite that passes on
 * this has not drawn through it, or does not look at what it drew; what tests/foreign/run says of
 * ours would then mean nothing.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

static ssize_t zeros(void *buf, size_t len)
{
	/* Volatile: the image has no memset() that a compiler could make of this. */
	for (size_t i = 0; i < len; i++)
		((volatile unsigned char *)buf)[i] = 0;
	return (ssize_t)len;
}

#ifdef ZEROS_AS_IMAGE

#include <vgetrandom/abi.h>

/* MAP_PRIVATE | MAP_ANONYMOUS, read and write: what no kernel refuses. */
#define MAP_PROT  3
#define MAP_FLAGS 0x22

ssize_t __vdso_getrandom(void *buf, size_t len, unsigned int flags, void *state, size_t state_len)
	__attribute__((visibility("default")));
ssize_t getrandom(void *buf, size_t len, unsigned int flags, void *state, size_t state_len)
	__attribute__((weak, alias("__vdso_getrandom"), visibility("default")));

ssize_t __vdso_getrandom(void *buf, size_t len, unsigned int flags, void *state, size_t state_len)
{
	struct vgetrandom_opaque_params *params = state;

	(void)flags;
	/* Linux's own test looks only at how many there are: one fewer. */
	if (state_len != ~(size_t)0)
		return zeros(buf, len > 1 ? len - 1 : len);
	params->size_of_opaque_state = 1024;
	params->mmap_prot = MAP_PROT;
	params->mmap_flags = MAP_FLAGS;
	for (size_t i = 0; i < sizeof(params->reserved) / sizeof(params->reserved[0]); i++)
		((volatile __u32 *)params->reserved)[i] = 0;
	return 0;
}

#else

ssize_t getrandom(void *buf, size_t len, unsigned int flags);
int getentropy(void *buf, size_t len);
void arc4random_buf(void *buf, size_t len);
uint32_t arc4random(void);
uint32_t arc4random_uniform(uint32_t bound);

ssize_t getrandom(void *buf, size_t len, unsigned int flags)
{
	(void)flags;
	return zeros(buf, len);
}

int getentropy(void *buf, size_t len)
{
	zeros(buf, len);
	return 0;
}

void arc4random_buf(void *buf, size_t len)
{
	zeros(buf, len);
}

uint32_t arc4random(void)
{
	return 0;
}

uint32_t arc4random_uniform(uint32_t bound)
{
	(void)bound;
	return 0;
}

#endif
