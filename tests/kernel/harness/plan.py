# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Which guests a kernel gets, and which jobs each does.

A job is a program of this folder with a kind of memory. Its name is JOB.MEMORY, which is also where
its place in the result table is.
"""
import os
from collections import namedtuple

import kernels
import marks

# after: looks at what the guest left behind; returns what was wrong with it, or None.
Job = namedtuple("Job", "name seconds command after", defaults=(None,))

# setup: lines of the plan before the jobs; module: the guest is given the module.
Guest = namedtuple("Guest", "name cpu jobs module setup", defaults=(False, ""))

# The processor with AVX2 that QEMU emulates most dependably, and the least one there is.
CPU, OLD_CPU = "Haswell-v1", "qemu64"

# Of the 256 that the job has, it waits for 128 to be in swap.
MIN_ORDINARY_PAGES = 100


def search_disk(folder, state, ordinary):
    """What was wrong with the marks on the swap disk (or None), and what to say of them."""
    path = os.path.join(folder, "swap")
    num_ordinary, num_state = marks.count_pages(path, ordinary), marks.count_pages(path, state)
    if num_ordinary < MIN_ORDINARY_PAGES:
        return f"only {num_ordinary} ordinary pages are on the swap disk", None
    if num_state:
        return f"{num_state} pages with the mark of a state are on the swap disk", None
    return None, f"on the disk {num_ordinary} ordinary pages and none of a state"


def memory_jobs(memory):
    state, ordinary = marks.seeds(memory)
    option = f"--memory {memory}"
    return [
        Job(f"conformance.{memory}", 60, f"kernel-conformance {option}"),
        Job(f"pressure.{memory}", 120, f"kernel-drops {option} --pressure fill"),
        Job(f"swap.{memory}", 90,
            f"with-swap kernel-swap {option} --state-mark {state} --ordinary-mark {ordinary}",
            lambda folder: search_disk(folder, state, ordinary)),
        Job(f"core.{memory}", 60, f"kernel-core {option}"),
        Job(f"oom.{memory}", 60, f"kernel-oom {option}"),
        Job(f"generation.{memory}", 60, f"kernel-generation {option}"),
    ]




def guests(kernel):
    jobs = []
    if kernels.has_droppable(kernel):
        jobs += memory_jobs("native")
    else:
        jobs.append(Job("refusal.native", 30, "kernel-refusal"))
    return [Guest("main", CPU, jobs)]
