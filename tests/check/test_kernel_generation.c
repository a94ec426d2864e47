// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* A reseed of the kernel is noticed, and nothing else is taken for one. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel-generation.h"
#include "provider.h"
#include "reseed.h"

/* In a copy, after the kernel reseeded if it is to. Returns whether it tells another number. */
static bool copy_tells_another(uint64_t generation, bool reseeds)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(reseeds && !vgt_reseed_kernel() ? 2 : vgt_kernel_generation() != generation);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) < 2, "status %x", (unsigned int)status);
	return WEXITSTATUS(status);
}

/* The kernel, or somebody else on this machine, may reseed just then, but not each time. */
static bool tells_another_by_itself(void)
{
	for (int i = 0; i < 100; i++) {
		uint64_t generation = vgt_kernel_generation();

		if (vgt_kernel_generation() == generation && !copy_tells_another(generation, false))
			return false;
	}
	return true;
}

Test(kernel_generation, reseed_is_noticed_here_and_in_a_copy)
{
	uint64_t generation = vgt_kernel_generation();

	if (!vgr_native.judge)
		cr_skip_test("the kernel's vDSO has no getrandom function (Linux 6.11 has)");
	cr_assert_neq(generation, 0);
	cr_assert_not(tells_another_by_itself());
	if (!vgt_reseed_kernel())
		cr_skip_test("only root may have the kernel reseed");
	cr_assert_neq(vgt_kernel_generation(), generation);
	generation = vgt_kernel_generation();
	cr_assert(copy_tells_another(generation, true));
	/* That was this process's kernel, too. */
	cr_assert_neq(vgt_kernel_generation(), generation);
	cr_assert_not(tells_another_by_itself());
}
