# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
The guests of kernels that check themselves (config/debug.config, kcsan.config): the module's jobs with
less of whatever they count, and faults on purpose, each of which its check must report.
"""
import os
import re

import guest
import plan
from plan import CPU, Guest, Job

NAMES = ["6.12-debug", "6.12-kcsan"]

# Seconds of jobs are those of a kernel without checks: of their limits, not of their verdicts.
SLOWNESS = 8

# The checks themselves need most of it. The kernel's log must hold all that it says.
MEMORY_MB = 1024
ARGUMENTS = "log_buf_len=4M"

# What the kernel freed and keeps for a while, to see it used (KASAN: a 32nd of memory), and what it
# notes of each place that allocates.
LOST_KB = 96 << 10

LESS = {"forks": "{} --processes 100", "storm": "{} --lost-kb %d" % LOST_KB,
        "files": "with-few-files {}"}
CALLS = 20000
THREADS = 4

# The module's faults on purpose (selftest/faults.c), and what the kernel says of each.
SAID = {"ubsan": r"UBSAN: shift-out-of-bounds",
        "list": r"list_del corruption",
        "refcount": r"refcount_t: underflow",
        "atomic": r"BUG: sleeping function called from invalid context",
        "leak": r"kmemleak: \d+ new suspected memory leaks",
        "lockdep": r"WARNING: possible circular locking dependency detected",
        "key": r"INFO: trying to register non-static key",
        "kasan": r"BUG: KASAN: slab-use-after-free in use_after_free",
        "vm": r"Kernel BUG at __free_pages",
        "kcsan": r"BUG: KCSAN: data-race in count_up.*"}

# Which can be made one after the other. Lockdep is off after a report of its own, and after one of
# KASAN's, which reports only the first.
TOGETHER = {"6.12-debug": [["ubsan", "list", "refcount", "atomic", "leak", "lockdep"],
                           ["key", "kasan"], ["vm"]],
            "6.12-kcsan": [["kcsan"]]}


def search_log(folder, said):
    """Whether the kernel reported it, in words that would fail any other guest."""
    text = ""
    for name in ("console", "dmesg"):
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            text += file.read().replace("\r", "")
    found = re.search(said, "\n".join(guest.bad_lines(text)))
    return (None, found.group()) if found else (f"the kernel does not say '{said}'", None)


def fault_guests(kernel_name):
    for number, faults in enumerate(TOGETHER[kernel_name], 1):
        jobs = [Job(f"fault-{fault}.alive", 60 * SLOWNESS, f"make-fault {fault}",
                    lambda folder, said=SAID[fault]: search_log(folder, said)) for fault in faults]
        yield Guest(f"faults-{number}", CPU, jobs, "faults", arguments=ARGUMENTS,
                    memory_mb=MEMORY_MB, parallel="kcsan" in faults)


def scaled(jobs, names):
    """Of @jobs those with @names, in that order."""
    named = {job.name.partition(".")[0]: job for job in jobs}
    return [named[name]._replace(seconds=named[name].seconds * SLOWNESS,
                                 command=LESS.get(name, "{}").format(named[name].command))
            for name in names]


def module_jobs(parameters, names):
    return scaled(plan.memory_jobs("module") + plan.own_memory_jobs() +
                  plan.module_jobs(parameters, CALLS), names)


def inject_job(parameters):
    """
    Without rseq: where the kernel cannot write its area when it goes on with a process, it kills it, and
    that a copy fails is what this job asks for.
    """
    return Job("inject.module", 120 * SLOWNESS, "env GLIBC_TUNABLES=glibc.pthread.rseq=0 "
               "VGETRANDOM_PROVIDER=inprocess kernel-inject --module /vgetrandom.ko "
               f"--parameters '{parameters}'")


def races_job(calls):
    """Threads share descriptors and mappings, while the kernel reclaims and reseeds."""
    return Job("races.module", 300 * SLOWNESS,
               f"kernel-storm --threads {THREADS} --calls {calls} --lost-kb {LOST_KB}")


def debug_guests():
    own = "own_memory=1"
    names = ["conformance", "device", "device-map", "provider", "generation", "cgroup", "oom", "forks",
             "pressure", "storm", "unload"]
    own_names = ["charge", "keeponfork", "exec", "files", *names]
    leaks = Job("kmemleak.module", 60 * SLOWNESS, "kmemleak")
    more = {"arguments": ARGUMENTS, "memory_mb": MEMORY_MB}
    return [
        Guest("own", CPU, [*module_jobs(own, own_names), leaks], "release", own, **more),
        Guest("module", CPU, [*module_jobs("", names), leaks], "debug", **more),
        Guest("inject", CPU, [inject_job(own), leaks], "release", own, **more),
        Guest("races", CPU, [races_job(CALLS), leaks], "release", own, parallel=True, **more),
    ]


def kcsan_guests():
    names = ["generation", "provider", "forks", "pressure", "unload"]
    more = {"arguments": ARGUMENTS, "memory_mb": MEMORY_MB, "parallel": True}
    own = "own_memory=1"
    return [
        Guest("own", CPU, [races_job(5 * CALLS), *module_jobs(own, names)], "release", own, **more),
        Guest("module", CPU, [races_job(5 * CALLS), *module_jobs("", names)], "release", **more),
    ]


def guests(kernel_name):
    own = {"6.12-debug": debug_guests, "6.12-kcsan": kcsan_guests}[kernel_name]
    return [*own(), *fault_guests(kernel_name)]
