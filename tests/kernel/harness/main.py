# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Called by tests/kernel/run: gets kernels, builds the module for each, runs the guests.
"""
import concurrent.futures
import os
import re
import sys

import guest
import kernels
import options
import plan
import qemu
import report

HARNESS = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.dirname(HARNESS)
TOP = os.path.dirname(os.path.dirname(FOLDER))
BUILD = os.path.join(TOP, "build")
RESULTS = os.path.join(BUILD, "kernel")


def programs():
    folder = os.path.join(BUILD, "guest/tests/kernel")
    built = [os.path.join(folder, name) for name in sorted(os.listdir(folder))
             if re.fullmatch(r"kernel-[a-z-]+", name)]
    return built + [os.path.join(FOLDER, "guest/with-swap")]


def planned(kernel, only):
    """The guests with the jobs that were asked for; a guest without jobs is not booted."""
    for one in plan.guests(kernel):
        jobs = [job for job in one.jobs if only.search(job.name)]
        if jobs:
            yield one._replace(jobs=jobs)


def run_guest(kernel, one, accel, progress):
    who = f"{kernel.name} {one.name}"
    try:
        run = guest.Run(kernel, one, RESULTS, programs(), None, accel)
        results = run.run(os.path.join(FOLDER, "guest"), progress)
    finally:
        progress.done(who)
    for result in results:
        report.say(progress, result)
    return results


def run_all(asked, progress):
    results, runs = [], []
    accel = qemu.accelerator()
    for name in asked.kernel:
        progress(name, "fetching")
        try:
            kernel = kernels.get(name, asked.headers, os.path.join(BUILD, "kernel-cache"))
        except kernels.Unavailable as error:
            results.append(guest.Result(os.path.basename(name), "main", "boot", "skip", str(error),
                                        "", 0.0))
            report.say(progress, results[-1])
            continue
        finally:
            progress.done(name)
        progress.line(f"{name}: Linux {kernel.release}, {accel}")
        runs += [(kernel, one) for one in planned(kernel, asked.only)]
    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        for done in pool.map(lambda run: run_guest(*run, accel, progress), runs):
            results += done
    return results


def list_jobs():
    for name in kernels.DEBIAN:
        for one in plan.guests(kernels.Kernel(name, f"{name}.0", None, "")):
            for job in one.jobs:
                print(f"{name} {one.name} {job.name}")


def main():
    asked = options.parse(sys.argv[1:])
    if asked.help:
        print(options.USAGE, end="")
        return 0
    if asked.parse_only:
        return 0
    if asked.list:
        list_jobs()
        return 0
    os.makedirs(RESULTS, exist_ok=True)
    progress = report.Progress()
    results = run_all(asked, progress)
    if not results:
        options.wrong(f"--only '{asked.only.pattern}' matches no job")
    return report.finish(progress, results, RESULTS)


sys.exit(main())
