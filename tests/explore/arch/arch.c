// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "all.h"

static const struct explore_arch *const all[] = { &explore_arch_x86_64, &explore_arch_aarch64,
						  &explore_arch_riscv64, &explore_arch_s390x };

const struct explore_arch *explore_arch_find(unsigned int elf_machine)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->elf_machine == elf_machine)
			return all[i];
	return NULL;
}
