/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef EXPLORE_ARCH_ALL_H
#define EXPLORE_ARCH_ALL_H

#include "../arch.h"

extern const struct explore_arch explore_arch_x86_64;
extern const struct explore_arch explore_arch_aarch64;
extern const struct explore_arch explore_arch_riscv64;
extern const struct explore_arch explore_arch_s390x;

#endif
