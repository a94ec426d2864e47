// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Whether the libc's own getrandom() uses the kernel's vDSO: how many system calls it makes. Where
 * the vDSO has no such function there is nothing to see.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp.h"
#include "system.h"

#define CALLS 100

/* The kernel may reseed meanwhile, which takes one. */
#define SYSCALLS_MAX 5

static int fail(const char *text)
{
	printf("%s\n", text);
	return 1;
}

static bool draw(void)
{
	unsigned char buf[32];

	return getrandom(buf, sizeof(buf), 0) == sizeof(buf);
}

int main(void)
{
	void *vdso = dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
	char byte;

	if (!vdso || !dlsym(vdso, "__vdso_getrandom"))
		return 0;
	if (!vgt_seccomp_works()) {
		printf("skipped: no seccomp filters here: system calls cannot be counted\n");
		return 77;
	}
	/* It gets a state and its key. */
	if (!draw())
		return fail("getrandom() failed");
	intercept_getrandom(NULL);
	if (syscall(SYS_getrandom, &byte, sizeof(byte), 0) != 1 || num_getrandom_calls != 1)
		return fail("expected one system call to be counted");
	num_getrandom_calls = 0;
	for (int i = 0; i < CALLS; i++)
		if (!draw())
			return fail("getrandom() failed");
	if (num_getrandom_calls <= SYSCALLS_MAX)
		return 0;
	printf("%d calls of the libc's getrandom(): expected the vDSO, actual %u system calls\n",
	       CALLS, num_getrandom_calls);
	return 1;
}
