# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
The guests of a kernel that is built here (recipes.py): with our function in its vDSO, and the same kernel
without it beside it. Those that check themselves: plan_checked.py. All others: plan.py.
"""
import built
import kernels
import other_abi
import plan
import plan_checked
import recipes
import selftests
from machines import AARCH64
from plan import CPU, CPU_AARCH64, OLD_CPU, Guest, Job

# With pointer authentication, in an algorithm of QEMU's own: the one of the architecture takes long to
# emulate.
CPU_AARCH64_NEWEST = "max,pauth-impdef=on"

# What the kernel's tests of one program are called, and with which argument.
BENCHES = {"getrandom-single": "vdso_test_getrandom bench-single",
           "getrandom-multi": "vdso_test_getrandom bench-multi"}


def selftest_jobs(names):
    return [Job(f"selftest-{name.removeprefix('vdso_test_').replace('_', '-')}.kernel", 120,
                f"selftest {command}") for name, command in names.items()]


def function_jobs(kernel, differences):
    """Of the function in the vDSO, whosever it is."""
    tests = selftests.vdso_tests(kernel.arch, kernels.version(kernel))
    names = {name: name for name in [*tests, *selftests.VDSO_SHARED, *selftests.MM]}
    return [
        *selftest_jobs({**names, **BENCHES}),
        Job("libc.kernel", 120, "draw-libc 2.41"),
        Job("flags.kernel", 60, f"kernel-flags --differences {differences}"),
        *(Job(f"other-abi.{name}", 60, f"other-abi {name}") for name in other_abi.ABIS[kernel.arch.name]),
    ]


def stepped_jobs(must_be_safe):
    """
    Not on aarch64: behind a trap an exclusive store fails, so a loop of exclusive accesses that is stopped
    after each instruction has no end.
    """
    step = plan.step_kernel_job()
    return [Job("instructions.kernel", 180, "kernel-instructions"),
            step._replace(command=f"{step.command} must-be-safe") if must_be_safe else step]


def chacha_jobs(arch):
    """Linux's selftest of ChaCha20 on each version of ours."""
    return selftest_jobs({f"chacha-{level}": f"vdso_test_chacha-{level}"
                          for level in selftests.LEVELS[arch.name]})


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


def ours_guests(kernel):
    """
    stock and ours have the same jobs, side by side. memory: whatever the kernel's own droppable memory
    is tested with elsewhere, here with our function in it; clones: the generation ID.
    """
    ours = [*function_jobs(kernel, "none"), *chacha_jobs(kernel.arch), *alloc_jobs()]
    stock = [*function_jobs(kernel, "any"), probe_job("mmap()")]
    if kernel.arch is AARCH64:
        return [
            Guest("ours", CPU_AARCH64, [*ours, *plan.draw_jobs()]),
            Guest("stock", CPU_AARCH64, stock, image=f"stock/{built.IMAGE}"),
            Guest("memory", CPU_AARCH64, plan.memory_jobs("native")),
            # Return addresses are signed there, and the function draws with what it has on any other.
            Guest("newest-cpu", CPU_AARCH64_NEWEST, [*ours, *plan.draw_jobs()]),
        ]
    clones = [Job(f"clone.{provider}", 60, "") for provider in ("module", "native")]
    return [
        Guest("ours", CPU, [*ours, *stepped_jobs(True)]),
        Guest("stock", CPU, [*stock, *stepped_jobs(False)], image=f"stock/{built.IMAGE}"),
        Guest("memory", OLD_CPU, plan.memory_jobs("native")),
        Guest("clones", CPU, clones, "release", "", True),
    ]


def guests(kernel):
    if kernel.name in plan_checked.NAMES:
        return plan_checked.guests(kernel.name)
    return ours_guests(kernel) if kernel.name in recipes.RECIPES else plan.guests(kernel)
