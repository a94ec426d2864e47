# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
The guests of a kernel that is built here (built.py): with our function in its vDSO, and the same kernel
without it beside it. Those that check themselves: plan_checked.py. All others: plan.py.
"""
import built
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
        Guest("ours", CPU, [*function_jobs("none"), *selftest_jobs(levels),
                             step._replace(command=f"{step.command} must-be-safe")]),
        Guest("stock", CPU, [*function_jobs("any"), step], image="stock/bzImage"),
        Guest("memory", OLD_CPU, plan.memory_jobs("native")),
        Guest("clones", CPU, clones, "release", "", True),
    ]


def guests(kernel):
    if kernel.name in plan_checked.NAMES:
        return plan_checked.guests()
    return ours_guests() if kernel.name in built.RECIPES else plan.guests(kernel)
