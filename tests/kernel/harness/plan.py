# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Which guests a kernel gets, and which jobs each does.

A job is a program of this folder, most with a kind of memory. Its name is JOB.MEMORY, which is
also where its place in the result table is.
"""
import os
from collections import namedtuple

import kernels
import machines
import marks
import qemu

# seconds: more than it takes where nothing else runs; what the limit is made of after which it hangs.
# after: looks at what the guest left behind; returns what was wrong with it, or None, and what to say
# of it.
Job = namedtuple("Job", "name seconds command after", defaults=(None,))

# module: which build of it the guest is given, "debug", "release" or "faults", which has some on
# purpose and is loaded by jobs, not before them; parameters: for loading it.
# clones: it is saved and restored while its jobs, one for each provider, draw. image: another one of
# the kernel's folder. arguments: more for its kernel. memory_mb: how much it has. parallel: its
# processors run at the same time where they are emulated, too.
Guest = namedtuple("Guest", "name cpu jobs module parameters clones image arguments memory_mb parallel",
                   defaults=(None, "", False, None, "", qemu.MEMORY_MB, False))

# The processor with AVX2 that QEMU emulates most dependably, and the least one there is.
CPU, OLD_CPU = "Haswell-v1", "qemu64"
# ARMv8.0: no single instruction that reads, changes and writes. It has no pages of 16 KiB.
CPU_AARCH64, CPU_AARCH64_16K = "cortex-a72", "neoverse-n1"

# Of the 256 that the job has, it waits for 128 to be in swap.
MIN_ORDINARY_PAGES = 100


def search_disk(folder, state, ordinary):
    """Whether the mark of ordinary memory is on the swap disk, and that of states is not."""
    path = os.path.join(folder, "swap")
    num_ordinary, num_state = marks.count_pages(path, ordinary), marks.count_pages(path, state)
    if num_ordinary < MIN_ORDINARY_PAGES:
        return f"only {num_ordinary} ordinary pages are on the swap disk", None
    if num_state:
        return f"{num_state} pages with the mark of a state are on the swap disk", None
    return None, f"{num_ordinary} ordinary pages on the disk, none of a state"


def swap_job(memory):
    state, ordinary = marks.seeds(memory)
    return Job(f"swap.{memory}", 150,
               f"with-swap kernel-swap --memory {memory} --state-mark {state} "
               f"--ordinary-mark {ordinary}",
               lambda folder: search_disk(folder, state, ordinary))


def memory_jobs(memory):
    option = f"--memory {memory}"
    return [
        Job(f"conformance.{memory}", 120, f"kernel-conformance {option}"),
        Job(f"pressure.{memory}", 180, f"kernel-drops {option} --pressure fill"),
        swap_job(memory),
        Job(f"core.{memory}", 120, f"kernel-core {option}"),
        Job(f"cgroup.{memory}", 60, f"kernel-cgroup {option}"),
        Job(f"oom.{memory}", 120, f"kernel-oom {option}"),
        Job(f"forks.{memory}", 150, f"kernel-forks {option}"),
        Job(f"generation.{memory}", 120, f"kernel-generation {option}"),
    ]


def own_memory_jobs():
    """Of the module's memory, for where it is its own."""
    return [Job(f"{name}.module", 60, f"kernel-{name} --memory module")
            for name in ("charge", "keeponfork", "exec", "files", "reads")] + \
        [Job("uncharged.module", 60, "uncharged N")]


def search_disk_for_state(folder, state, ordinary):
    wrong, _ = search_disk(folder, state, ordinary)
    return (None, "both marks are on the disk") if wrong and "of a state" in wrong else \
        (f"the mark in ordinary memory was not found: {wrong}", None)


def control_jobs():
    """The same with ordinary memory, which must fail: otherwise the jobs above show nothing."""
    swap = swap_job("ordinary")
    state, ordinary = marks.seeds("ordinary")
    jobs = [Job(f"{name}.ordinary", 150, f"must-fail kernel-{name} --memory ordinary")
            for name in ("conformance", "core", "forks")]
    return jobs + [swap._replace(
        command=swap.command.replace("kernel-swap", "must-fail kernel-swap"),
        after=lambda folder: search_disk_for_state(folder, state, ordinary))]


def step_job(target):
    """
    A fault at every instruction of the state machine. All faults and their pairs, as the tests of
    vgetrandom-check have them, would take minutes where the processor is emulated.
    """
    faults = "fork,drop,signal,drop+signal,fork+signal,fork+drop"
    return Job(f"step.{target}", 120,
               f"step vgetrandom-{target} --size 32 --start partial,empty --limit 24 --fault {faults}")


def step_kernel_job():
    return Job("step-kernel.native", 120, "step-kernel")


def self_test_job():
    """Loads the debug build anew, so that its self-test fails."""
    return Job("self-test.module", 60, "self-test-fails")


def module_jobs(parameters, calls):
    """The last of them loads the module anew, so it comes last."""
    return [
        Job("device.module", 120, "kernel-device"),
        Job("device-map.module", 120, "kernel-device-map"),
        Job("ioctl-fuzz.module", 120, "kernel-ioctl-fuzz"),
        Job("provider.module", 120, "kernel-provider"),
        Job("storm.module", 300, f"kernel-storm --calls {calls}"),
        Job("unload.module", 120,
            # The library would use the module from the start of the program on.
            "env VGETRANDOM_PROVIDER=inprocess "
            f"kernel-unload --module /vgetrandom.ko --parameters '{parameters}'"),
    ]


def draw_jobs():
    return [Job(f"providers.{provider}", 120, f"draw-from {provider}")
            for provider in ("native", "inprocess", "syscall", "auto")]


def aarch64_guests(kernel):
    """No module; instead what unit tests and the library do on a kernel of this architecture."""
    units = [Job(f"{name}.unit", 120, f"kernel-{name}") for name in ("chacha20", "image", "local")]
    draws = draw_jobs()
    if kernels.has_large_pages(kernel):
        jobs = [job for memory in ("native", "inprocess") for job in memory_jobs(memory)
                if job.name.partition(".")[0] in
                ("conformance", "forks", *(["generation"] if memory == "native" else []))]
        return [Guest("large-pages", CPU_AARCH64_16K, draws + jobs)]
    inprocess = [job for job in memory_jobs("inprocess")
                 if job.name.partition(".")[0] in ("conformance", "core", "forks")]
    return [
        Guest("native", CPU_AARCH64, memory_jobs("native")),
        Guest("control", CPU_AARCH64, control_jobs()),
        Guest("inprocess", CPU_AARCH64, units + draws + inprocess),
    ]


def guests(kernel):
    """
    native is without the module; module has its debug build, whose self-test runs when it is
    loaded; old-cpu has the least processor, the build that is shipped, and the module's own memory,
    also where the kernel has droppable memory; clones is saved and restored.
    """
    if kernel.arch is machines.AARCH64:
        return aarch64_guests(kernel)
    native = [*memory_jobs("native"), step_kernel_job()] if kernels.has_droppable(kernel) else \
        [Job("refusal.native", 30, "kernel-refusal")]
    own = "own_memory=1"
    clones = [Job(f"clone.{provider}", 60, "") for provider in ("module", "native", "inprocess")]
    with_clones = [Guest("clones", CPU, clones, "release", "", True)]
    nokmem = Guest("nokmem", OLD_CPU, [Job("uncharged.module", 60, "uncharged Y")], "release", own,
                   arguments="cgroup.memory=nokmem")
    # In a guest of its own, because its swap disk is to be found as one job left it. That the jobs
    # can fail does not depend on the kernel.
    control = [Guest("control", CPU, control_jobs())]
    return [
        Guest("native", CPU, native),
        Guest("module", CPU, memory_jobs("module") + [step_job("module")] +
              module_jobs("", 1000000) + [self_test_job()], "debug"),
        Guest("old-cpu", OLD_CPU, memory_jobs("module") + own_memory_jobs() +
              [step_job("module")] + module_jobs(own, 100000), "release", own),
        nokmem,
    ] + (with_clones if kernels.has_vmgenid(kernel) else []) + \
        (control if kernel.name != "current" else [])
