# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
The guests of a kernel that is built here (built.py): with our function in its vDSO, and the same kernel
without it beside it. Those that check themselves: plan_checked.py. All others: plan.py.
"""
import built
import other_abi
import plan
import plan_checked
import selftests
from plan import CPU, OLD_CPU, Guest, Job

# What the kernel's tests of one program are called, and with which argument.
BENCHES = {"getrandom-single": "vdso_test_getrandom bench-single",
           "getrandom-multi": "vdso_test_getrandom bench-multi"}


def selftest_jobs(names):
    return [Job(f"selftest-{name.removeprefix('vdso_test_').replace('_', '-')}.kernel", 120,
                f"selftest {command}") for name, command in names.items()]


def function_jobs(differences):
    """Of the function in the vDSO, whosever it is."""
    names = {name: name for name in
             [*selftests.VDSO, *selftests.VDSO_SHARED, *selftests.MM]}
    return [
        *selftest_jobs({**names, **BENCHES}),
        Job("libc.kernel", 120, "draw-libc 2.41"),
        Job("flags.kernel", 60, f"kernel-flags --differences {differences}"),
        Job("instructions.kernel", 180, "kernel-instructions"),
        *(Job(f"other-abi.{name}", 60, f"other-abi {name}") for name in other_abi.ABIS),
    ]


def probe_job(way):
    return Job("probe.native", 60, f"probe-says native_states '{way}'")


def alloc_jobs():
    """Of the system call that install-into adds; its memory is that of mmap(), so some jobs will do."""
    return [
        Job("alloc.syscall", 60, "kernel-alloc --call syscall"),
        Job("allocates.native", 120, "kernel-allocates"),
        probe_job("vgetrandom_alloc()"),
        *(job for job in plan.memory_jobs("alloc")
          if job.name in ("conformance.alloc", "core.alloc", "forks.alloc")),
    ]


def ours_guests():
    """
    stock and ours have the same jobs, side by side. memory: whatever the kernel's own droppable memory
    is tested with elsewhere, here with our function in it; clones: the generation ID.
    """
    levels = {f"chacha-{level}": f"vdso_test_chacha-{level}" for level in selftests.LEVELS}
    step = plan.step_kernel_job()
    clones = [Job(f"clone.{provider}", 60, "") for provider in ("module", "native")]
    return [
        Guest("ours", CPU, [*function_jobs("none"), *selftest_jobs(levels), *alloc_jobs(),
                             step._replace(command=f"{step.command} must-be-safe")]),
        Guest("stock", CPU, [*function_jobs("any"), probe_job("mmap()"), step], image="stock/bzImage"),
        Guest("memory", OLD_CPU, plan.memory_jobs("native")),
        Guest("clones", CPU, clones, "release", "", True),
    ]


def guests(kernel):
    if kernel.name in plan_checked.NAMES:
        return plan_checked.guests()
    return ours_guests() if kernel.name in built.RECIPES else plan.guests(kernel)
