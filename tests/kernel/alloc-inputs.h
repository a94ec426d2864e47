/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What vgetrandom_alloc() answers to input that is wrong, whoever provides it: the device's ioctl,
 * a kernel's system call, the library's function. Each check leaves remarks by job.h.
 */
#ifndef VGK_ALLOC_INPUTS_H
#define VGK_ALLOC_INPUTS_H

#include <stddef.h>

struct alloc_call {
	/*
	 * With the structure @arg, which begins with struct vgetrandom_alloc_args and has @len
	 * bytes: 0 and the address of the states, or an error number.
	 */
	int (*call)(void *arg, size_t len, void **states);

	/* Bytes of its first version; whatever follows those members is reserved. */
	size_t args_len;
};

/* Every error that the ABI names, and that nothing is mapped after it. */
void check_alloc_inputs(const struct alloc_call *call);

/* Error numbers, 0 for success. */
void expect_error(int expected, int actual, const char *what);

#endif
