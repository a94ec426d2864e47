/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* In front of vgetrandom.c: the name by which the vDSO of arm64 exports its function. */
long __kernel_getrandom(void *, unsigned long, unsigned int, void *, unsigned long)
	__attribute__((alias("__vdso_getrandom"), visibility("default")));
