# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Called by tests/kernel/run: gets kernels, builds the module for each, runs the guests.
"""
import concurrent.futures
import os
import re
import shutil
import signal
import sys

import build
import built
import checked
import clone
import comparison
import foreign
import guest
import initramfs
import kernels
import machines
import options
import other_abi
import plan_built
import qemu
import recipes
import report

HARNESS = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.dirname(HARNESS)
TOP = os.path.dirname(os.path.dirname(FOLDER))
BUILD = os.path.join(TOP, "build")
# A machine that is paused, not one that is busy.
HOST_GAP_S = 15
RESULTS = os.path.join(BUILD, "kernel")


def special_programs(kernel, jobs):
    """What is only for some jobs, the same way: selftests of a kernel's tree, another libc."""
    files = {}
    if any(job.name.startswith("libc") for job in jobs):
        files["bin/libc-draws"] = os.path.join(BUILD, kernel.arch.preset, "tests/kernel/libc-draws")
        files.update({f"glibc/{os.path.basename(path)}": path
                      for path in foreign.glibc(kernel.arch, BUILD)})
    if any(job.command.startswith("probe-says") for job in jobs):
        path = os.path.join(BUILD, kernel.arch.preset, "userspace/cli/vgetrandom")
        files.update({"bin/vgetrandom": path, **foreign.libraries(kernel.arch, path)})
    if any(job.command.startswith("other-abi") for job in jobs):
        files.update(other_abi.build(kernel.arch, os.path.join(RESULTS, kernel.name, "other-abi")))
    if any(job.command.startswith("selftest") for job in jobs):
        folder = os.path.join(kernel.folder, "selftests")
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            files.update({f"bin/{name}": path, **foreign.libraries(kernel.arch, path)})
    return files


def programs(kernel, jobs):
    """Name in the guest -> path."""
    folder = os.path.join(BUILD, kernel.arch.preset, "tests")
    built = os.path.join(folder, "kernel")
    paths = [os.path.join(built, name) for name in sorted(os.listdir(built))
             if re.fullmatch(r"kernel-[a-z0-9-]+", name)]
    scripts = os.path.join(FOLDER, "guest")
    paths += [os.path.join(scripts, name) for name in sorted(os.listdir(scripts)) if name != "init"]
    files = {}
    if any(job.command.startswith("step") for job in jobs):
        # The only one that is not linked statically: it can load libraries.
        check = os.path.join(folder, "check/vgetrandom-check")
        paths.append(check)
        files = initramfs.libraries(check)
    return {**files, **{f"bin/{os.path.basename(path)}": path for path in paths},
            **special_programs(kernel, jobs)}


def planned(kernel, only):
    """The guests with the jobs that were asked for; a guest without jobs is not booted."""
    for one in plan_built.guests(kernel):
        jobs = [job for job in one.jobs
                if only.search(f"{one.name} {job.name}") or
                only.search(report.test_name(kernel.name, one.name, job.name))]
        if jobs:
            yield one._replace(jobs=jobs)


def without_module(kernel, one, modules):
    """What becomes of the jobs of a guest whose module there is not."""
    status = "fail" if one.module in modules else "skip"
    reason = "the module was not built" if modules else "there is no module for this kernel"
    return [guest.Result(kernel.name, one.name, job.name, status, reason, "", 0.0)
            for job in one.jobs]


def boot(kernel, one, modules, accel, progress):
    """
    Once more if the host stood still, so that seconds passed for the guest in which it could not do
    anything: its kernel then tells of stalls, and its jobs of time that is over.
    """
    runner = clone.Run if one.clones else guest.Run
    if one.image:
        kernel = kernel._replace(image=os.path.join(kernel.folder, one.image))
    for is_last in (False, True):
        run = runner(kernel, one, RESULTS, programs(kernel, one.jobs),
                     modules.get(one.module), accel)
        results = run.run(os.path.join(FOLDER, "guest"), progress)
        if is_last or run.gap < HOST_GAP_S or all(r.status != "fail" for r in results):
            return results
        progress.line(f"{kernel.name} {one.name}: this machine stood still for {run.gap:.0f} s; "
                      "once more")
    return results


def run_guest(kernel, one, modules, accel, progress):
    who = f"{kernel.name} {one.name}"
    if one.module and not modules.get(one.module):
        results = without_module(kernel, one, modules)
    else:
        try:
            results = boot(kernel, one, modules, accel, progress)
        finally:
            progress.done(who)
    for result in results:
        report.say(progress, result)
    return results


def prepare(name, asked, accel, progress):
    """
    Gets one kernel and builds what its guests need; returns it, or None, the guests and the
    results.
    """
    try:
        progress(name, "fetching")
        kernel = built.get(name) if name in recipes.RECIPES else kernels.get(name, asked.headers)
    except kernels.Unavailable as error:
        return None, [], [guest.Result(os.path.basename(name), "boot", "fetch", "skip",
                                       str(error), "", 0.0)]
    except built.Failed as error:
        return None, [], [guest.Result(name, "boot", "build", "fail", str(error), "", 0.0)]
    finally:
        progress.done(name)
    progress.line(f"{name}: Linux {kernel.release}, {kernel.arch.name}, "
                  f"{accel[kernel.arch.name]}")
    wanted = list(planned(kernel, asked.only))
    modules, results = {}, []
    if kernel.arch.has_module and \
            (any(one.module for one in wanted) or asked.only.search("build")):
        progress(name, "building the module")
        kinds = {"release", "debug", *filter(None, (one.module for one in wanted))}
        modules, results = build.all_of(kernel, RESULTS, sorted(kinds))
        progress.done(name)
    results = [result for result in results
               if result.status == "fail" or asked.only.search(f"build {result.name}")]
    return kernel, [(kernel, one, modules) for one in wanted], results


def archs(asked):
    """Of all kernels that were asked for; one from elsewhere is for this machine."""
    known = {**kernels.DEBIAN, **recipes.RECIPES}
    return {known[name].arch if name in known else machines.X86_64 for name in asked.kernel}


def missing(asked):
    """The first of the programs that guests need and that is not here."""
    needed = [arch.program for arch in archs(asked)] + [kernels.HOST_BUSYBOX]
    return next((name for name in needed if not shutil.which(name)), None)


def run_all(asked, progress):
    """Returns the results, and the kernels that they are of."""
    results, runs, booted = [], [], []
    if missing(asked):
        return [guest.Result("any", "boot", "qemu", "skip", f"there is no {missing(asked)} here",
                             "", 0.0)], []
    accel = {arch.name: qemu.accelerator(arch) for arch in archs(asked)}
    for name in asked.kernel:
        kernel, more_runs, more_results = prepare(name, asked, accel, progress)
        booted += filter(None, [kernel])
        for result in more_results:
            report.say(progress, result)
        runs += more_runs
        results += more_results
    # The longest first.
    runs.sort(key=lambda run: -sum(job.seconds for job in run[1].jobs))
    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        for done in pool.map(lambda run: run_guest(*run, accel[run[0].arch.name], progress), runs):
            results += done
    for kernel in booted:
        of_kernel = [r for r in results if r.kernel == kernel.name]
        for write, what in ((comparison.write, "stock beside ours"), (checked.write, "tables")):
            path = write(kernel, of_kernel, RESULTS)
            if path:
                progress.line(f"{kernel.name}: {what} in {os.path.relpath(path)}")
    return results, booted


def expected(name):
    """A kernel of Debian's before it was fetched: enough to tell which jobs it will have."""
    newest = "9999"
    if name in recipes.RECIPES:
        recipe = recipes.RECIPES[name]
        return kernels.Kernel(name, f"{recipe.version or newest}.0", None, "", recipe.arch)
    source = kernels.DEBIAN[name]
    return kernels.Kernel(name, f"{source.version or newest}.0", None, "", source.arch)


def list_jobs():
    # The reader may stop early, as head does.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for name in options.KNOWN:
        for one in plan_built.guests(expected(name)):
            for job in one.jobs:
                print(f"{name} {one.name} {job.name}")


def check_names(asked):
    """Before anything is installed or fetched: whether there is anything to do at all."""
    if not all(name in options.KNOWN for name in asked.kernel) or asked.only.search("build"):
        return
    if not any(list(planned(expected(name), asked.only)) for name in asked.kernel):
        options.wrong(f"--only '{asked.only.pattern}' matches no job")


def main():
    asked = options.parse(sys.argv[1:])
    if asked.help:
        print(options.USAGE, end="")
        return 0
    if not asked.list:
        check_names(asked)
    if asked.parse_only:
        return 0
    if asked.list:
        list_jobs()
        return 0
    os.makedirs(RESULTS, exist_ok=True)
    progress = report.Progress()
    results, booted = run_all(asked, progress)
    if not results:
        options.wrong(f"--only '{asked.only.pattern}' matches no job")
    return report.finish(progress, results, booted, RESULTS)


sys.exit(main())
