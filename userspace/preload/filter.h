/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_FILTER_H
#define VGR_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>

/*
 * What the seccomp(2) filter @program answers to the system call @data: SECCOMP_RET_*. A program
 * that the kernel would not take kills.
 */
uint32_t vgr_filter_answer(const struct sock_fprog *program, const struct seccomp_data *data);

#endif
