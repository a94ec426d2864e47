// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* x86-64: see other-calls.h. */
#define _GNU_SOURCE
#include "other-calls.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "alloc-inputs.h"
#include "job.h"
#include "memory.h"

/* Of the calls that x32 programs make. */
#define X32_BIT  0x40000000L
#define ARGS_LEN 32L

void check_other_calls(long number)
{
	void *page = mmap(NULL, PAGE_LEN, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long ret = syscall(X32_BIT | number, page, ARGS_LEN);

	expect_error(ENOSYS, ret == -1 ? errno : 0, "as x32 programs call it");
	ret = number;
	__asm__ volatile("int $0x80" : "+a"(ret) : "b"(page), "c"(ARGS_LEN) : "memory");
	expect_error(ENOSYS, (int)-ret, "as 32-bit programs call it");
	munmap(page, PAGE_LEN);
}
