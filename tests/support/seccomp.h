/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * System calls that answer something else: how an older kernel, an emulator or a sandbox
 * behaves. There is no way back, so only in a child (child.h).
 */
#ifndef VGT_SECCOMP_H
#define VGT_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vgt_rule {
	int nr;  /* __NR_... */
	int arg; /* whose low 32 bits are compared, 0 to 5; -1: any call of that number */
	uint32_t mask;
	uint32_t value;  /* of the argument & mask */
	uint32_t action; /* SECCOMP_RET_... */
};

/* An answer: -@error, or for 0 that everything went well. */
#define VGT_ANSWER(error) (SECCOMP_RET_ERRNO | (uint32_t)(error))

/*
 * The first rule that fits decides; without one the call is allowed. Aborts if there is no
 * seccomp; see vgt_seccomp_works().
 */
void vgt_seccomp_install(const struct vgt_rule *rules, size_t num);

/* Whether filters can be installed here. */
bool vgt_seccomp_works(void);

#endif
