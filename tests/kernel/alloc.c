// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What vgetrandom_alloc() answers to wrong input: the kernel's (--call syscall) or the library's
 * (--call function). conformance.c looks at the memory it gives, device.c at the device's ioctl.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "alloc-inputs.h"
#include "child.h"
#include "job.h"
#include "maps.h"
#include "memory.h"
#include "other-calls.h"

static long number;

static int by_syscall(void *arg, size_t len, void **states)
{
	long ret = syscall(number, arg, len);

	*states = (void *)ret;
	return ret == -1 ? errno : 0;
}

static int by_function(void *arg, size_t len, void **states)
{
	*states = vgetrandom_alloc(arg, len);
	return *states ? 0 : errno;
}

/* Lengths that no ioctl can have. */
static void check_endless(const struct alloc_call *call)
{
	struct vgetrandom_alloc_args args = { 0 };
	void *states;

	expect_error(E2BIG, call->call(&args, SIZE_MAX, &states), "endless");
	expect_error(E2BIG, call->call(&args, 1ULL << 32 | sizeof(args), &states), "4 GiB");
	expect_error(E2BIG, call->call(&args, 1ULL << 63, &states), "half of all");
}

static void check_next_number(void)
{
	struct vgetrandom_alloc_args args = { 0 };
	int err = syscall(number + 1, &args, sizeof(args)) == -1 ? errno : 0;

	expect_error(ENOSYS, err, "the number after it");
}

static void alloc_as_nobody(void *unused)
{
	struct vgetrandom_alloc_args args = { .num = 1000 };
	struct rlimit none = { 0, 0 };
	struct vgt_vma vma;
	void *states;

	(void)unused;
	if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || setresgid(65534, 65534, 65534) != 0 ||
	    setresuid(65534, 65534, 65534) != 0)
		vgt_child_fail("cannot become nobody: %s", strerror(errno));
	if (by_syscall(&args, sizeof(args), &states) != 0)
		vgt_child_fail("the call: %s", strerror(errno));
	if (!vgt_vma_of(states, &vma) || !vgt_vma_has(&vma, "dp"))
		vgt_child_fail("not droppable: VmFlags%s", vma.flags);
}

/* Linux locked them until 2026, and then they were never dropped. */
static void alloc_locked(void *unused)
{
	struct vgetrandom_alloc_args args = { .num = 1 };
	struct vgt_vma vma;
	void *states;

	(void)unused;
	if (mlockall(MCL_FUTURE) != 0)
		vgt_child_fail("mlockall: %s", strerror(errno));
	if (by_syscall(&args, sizeof(args), &states) != 0)
		vgt_child_fail("the call: %s", strerror(errno));
	if (!vgt_vma_of(states, &vma) || vgt_vma_has(&vma, "lo"))
		vgt_child_fail("locked: VmFlags%s", vma.flags);
}

static void find_number(void)
{
	struct memory memory;

	memory_open(&memory, "native");
	number = memory.alloc_number;
	/* Not a skip: whoever asks for the system call has a kernel that must have it. */
	if (!number)
		job_fail("the kernel's function tells no system call vgetrandom_alloc()");
	job_note("it is system call %ld", number);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--call", NULL }, { NULL, NULL } };
	static const struct alloc_call calls[] = {
		{ by_function, VGETRANDOM_ALLOC_ARGS_SIZE_VER0 },
		{ by_syscall, VGETRANDOM_ALLOC_ARGS_SIZE_VER0 },
	};
	bool is_syscall;
	char why[VGT_CHILD_WHY_SIZE];

	job_start(argc, argv, options);
	is_syscall = strcmp(options[0].value, "syscall") == 0;
	if (is_syscall)
		find_number();
	check_alloc_inputs(&calls[is_syscall]);
	check_endless(&calls[is_syscall]);
	if (is_syscall) {
		check_next_number();
		check_other_calls(number);
		job_check(vgt_run_child(alloc_as_nobody, NULL, why), "anybody may: %s", why);
		job_check(vgt_run_child(alloc_locked, NULL, why), "mlockall(): %s", why);
	}
	job_finish("%u checks", job_num_checks());
}
