# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
A kernel as it is beside the same kernel with our function, from what the guests stock and ours said:
the table of kernel-side/linux/README.md.
"""
import os
import re

import machines

HEAD = ["| {kernel} | stock | ours |", "|---|---|---|"]


def by_name(results, guest):
    return {result.name.partition(".")[0]: result for result in results if result.guest == guest}


def passed(jobs):
    """Of the selftests that both kernels ran."""
    ours = [job for name, job in jobs.items() if name.startswith("selftest-")]
    return f"{sum(job.status == 'ok' for job in ours)} of {len(ours)} passed"


def faults(job, name):
    found = re.search(rf"{re.escape(name)}: (.*?) bad", job.detail)
    return found.group(1) if found else job.detail


def instructions(job):
    return dict(re.findall(r"(\d+): (\d+)", job.detail))


def row(name, stock, ours):
    return f"| {name} | {stock} | {ours} |"


def sizes(kernel):
    """Of the vDSO of 64-bit programs as it is in the kernel's image."""
    return [f"{os.path.getsize(os.path.join(kernel.folder, name, kernel.arch.vdsos[0]))} bytes"
            for name in ("stock", "ours")]


def stepped_rows(both):
    """What takes a processor that can be stopped after each instruction of the function."""
    for fault, text in (("drop+signal", "page drop, then nested call, at each instruction: bad"),
                        ("fork+signal", "fork, then nested call in the child: bad")):
        yield row(text, *(faults(jobs["step-kernel"], fault) for jobs in both))
    counts = [instructions(jobs["instructions"]) for jobs in both]
    for size in counts[0]:
        yield row(f"instructions a call, {size} bytes", counts[0][size], counts[1][size])


def table(kernel, results):
    """None if not both guests did all of their jobs."""
    both = [by_name(results, guest) for guest in ("stock", "ours")]
    stepped = ("instructions", "step-kernel") if kernel.arch is machines.X86_64 else ()
    if not all(name in jobs and jobs[name].status == "ok"
               for jobs in both for name in ("libc", "flags", *stepped)):
        return None
    common = [{name: job for name, job in jobs.items() if name in both[0]} for jobs in both]
    lines = [line.format(kernel=f"Linux {kernel.release}, {kernel.arch.name}") for line in HEAD]
    lines.append(row("the kernel's own selftests", *map(passed, common)))
    lines.append(row("results that differ from the system call",
                     *(jobs["flags"].detail.partition(" differ")[0] for jobs in both)))
    lines.append(row("glibc 2.41, unmodified",
                     *(jobs["libc"].detail.partition(": ")[2] for jobs in both)))
    lines += stepped_rows(both) if stepped else []
    lines.append(row("the 64-bit vDSO", *sizes(kernel)))
    return "\n".join(lines) + "\n"


def write(kernel, results, folder):
    """Beside the results of the guests; returns the path, or None if there is nothing to compare."""
    text = table(kernel, results) if kernel.folder else None
    if not text:
        return None
    path = os.path.join(folder, kernel.name, "comparison.md")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path
