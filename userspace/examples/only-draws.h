/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A seccomp filter for what only draws: allows getrandom, which a reseed takes, read, write and
 * exit, and kills the process for anything else.
 */
#ifndef ONLY_DRAWS_H
#define ONLY_DRAWS_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define NATIVE_ARCH AUDIT_ARCH_S390X
#endif

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, __builtin_offsetof(struct seccomp_data, field))
#define ANSWER(action)    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##action)
#define SKIP_UNLESS(k, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, n)
#define ALLOW(name)       SKIP_UNLESS(__NR_##name, 1), ANSWER(ALLOW)

/* The numbers mean what they say only in one architecture's calls. */
static struct sock_filter only_draws[] = {
	LOAD(arch),           BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
	ANSWER(KILL_PROCESS), LOAD(nr),
	ALLOW(getrandom),     ALLOW(read),
	ALLOW(write),         ALLOW(exit),
	ALLOW(exit_group),    ANSWER(KILL_PROCESS),
};

static const struct sock_fprog only_draws_program = {
	sizeof(only_draws) / sizeof(only_draws[0]),
	only_draws,
};

#endif
