// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * No read writes more than the kernel's own getrandom(2) would: INT_MAX rounded down to pages, and
 * pages are those of the running kernel. A kernel with larger ones is this port, which says that it
 * has, and notes what it is asked for (--wrap).
 */
#include <linux/auxvec.h>
#include <stdint.h>
#include <stdio.h>
#include <vgetrandom/core.h>
#include <vgetrandom/port.h>

#define DECLARE(type, name, ...)         \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

DECLARE(unsigned long, vgr_port_getauxval, unsigned long);
DECLARE(long, vgr_port_getrandom, void *, size_t, unsigned int);

static unsigned long page_len;
static size_t asked_for;

unsigned long __wrap_vgr_port_getauxval(unsigned long type)
{
	return type == AT_PAGESZ && page_len ? page_len : __real_vgr_port_getauxval(type);
}

long __wrap_vgr_port_getrandom(void *buf, size_t len, unsigned int flags)
{
	(void)buf;
	(void)flags;
	asked_for = len;
	return (long)len;
}

int main(int argc, char **argv, char **environment)
{
	static const struct {
		unsigned long page_len;
		size_t len, capped;
	} cases[] = {
		{ 4096, 0x7fff0000, 0x7fff0000 },  { 4096, 0x7ffff000, 0x7ffff000 },
		{ 4096, 0x7ffff001, 0x7ffff000 },  { 16384, 0x7fffc000, 0x7fffc000 },
		{ 16384, 0x7ffff000, 0x7fffc000 }, { 65536, 0x7fff0001, 0x7fff0000 },
		{ 65536, SIZE_MAX, 0x7fff0000 },
	};
	char buf[1];

	(void)argc;
	(void)argv;
	while (*environment)
		environment++;
	vgr_port_set_auxv((const unsigned long *)(environment + 1));
	vgetrandom_core_configure(VGETRANDOM_PROVIDER_SYSCALL, VGETRANDOM_CHACHA_BEST);
	vgetrandom_core_init();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ssize_t ret;

		page_len = cases[i].page_len;
		ret = vgetrandom_core_getrandom(buf, cases[i].len, 0);
		if (ret == (ssize_t)cases[i].capped && asked_for == cases[i].capped)
			continue;
		printf("pages of %lu bytes, %#zx asked for: expected %#zx, actual %#zx, and the "
		       "kernel was asked for %#zx\n",
		       page_len, cases[i].len, cases[i].capped, (size_t)ret, asked_for);
		return 1;
	}
	return 0;
}
