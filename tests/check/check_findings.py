# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What vgetrandom-check reports of what it finds.

usage: check_findings.py place PROGRAM SAMPLE
       check_findings.py known PROGRAM
       check_findings.py pressure PROGRAM
       check_findings.py scenarios PROGRAM TARGET
       check_findings.py kernel_vdso PROGRAM
       check_findings.py quick PROGRAM TARGET
       check_findings.py alone PROGRAM TARGET
       check_findings.py tail PROGRAM SAMPLE-WITH-A-LONG-ONE SAMPLE-THAT-IS-RIGHT
       check_findings.py silence PROGRAM NOISY-LIBRARY
       check_findings.py hang PROGRAM LIBRARY-THAT-HANGS
"""
import glob
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import time

from tool import SKIPPED, expect, expect_equal, main, run, skip

# How long a cgroup may take to go away.
SECONDS = 600


def step(program, target, *options):
    return run([program, "step", "--target", target, "--seed", "1", *options], timeout=1200)


def step_json(program, target, *options):
    """The exit status and what was written as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "found.json")
        result = step(program, target, "--json", path, *options)
        if result.returncode == SKIPPED:
            skip(result.stdout)
        expect(os.path.exists(path), f"no JSON: {result.stdout}{result.stderr}")
        with open(path, encoding="utf-8") as file:
            return result.returncode, json.load(file), result.stdout


def lib(sample):
    return f"lib:{sample}:sample_getrandom"


def check_place(program, sample):
    """A finding in somebody's own library names the symbol and the instruction."""
    if not shutil.which("objdump"):
        skip("there is no objdump")
    result = step(program, lib(sample), "--size", "32", "--start", "partial", "--fault", "fork",
                  "--quick")
    expect_equal(1, result.returncode, "exit status")
    places = re.findall(r"^      (?:first|last ) at \d+: (.*)$", result.stdout, re.MULTILINE)
    expect(places, f"no place in the report: {result.stdout}")
    for place in places:
        expect(re.match(r"[\w.-]+\.so[.\d]*\+0x[0-9a-f]+: <[^>]+> [a-z]+", place),
               f"symbol and instruction are missing: {place!r}")
    expect(any("<sample_getrandom" in place for place in places),
           f"no place in sample_getrandom: {places}")


def check_known(program):
    """What is excused is listed, and the second nested call comes after a fork within ChaCha20."""
    status, found, text = step_json(program, "vdso", "--size", "700", "--start", "partial",
                                    "--fault", "fork+signal+signal", "--quick")
    expect_equal(0, status, f"exit status: {text}")
    sweep = found["faults"][0]
    expect(sweep["known"] > 0, f"nothing was known: {text}")
    expect_equal(sweep["known"], len(sweep["known_at"]), "boundaries that are listed")
    for place in sweep["known_at"]:
        expect(place["second"] > place["boundary"] > 0 and "boundary_offset" in place,
               f"no pair of boundaries in the image: {place}")


def groups():
    """Memory cgroups that a scenario has made, where they can be seen."""
    return {path for top in ("/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified")
            for path in glob.glob(f"{top}/*check[-.]*")}


def check_pressure(program):
    """The memory cgroup of the scenario is gone when it is over."""
    before = groups()
    result = run([program, "scenarios", "--target", "vgetrandom", "--only", "pressure"])
    if result.returncode == SKIPPED:
        skip(result.stdout.splitlines()[-3].strip())
    expect_equal(0, result.returncode, f"exit status: {result.stdout}{result.stderr}")
    # Others may run the same at the same time; theirs go away.
    left = groups() - before
    for _ in range(SECONDS):
        if not left:
            break
        time.sleep(1)
        left &= groups()
    expect(not left, f"left behind: {sorted(left)}")
    expect(re.search(r"[1-9]\d* of \d+ times the page was gone|cannot be dropped", result.stdout),
           f"no drops: {result.stdout}")


QUICK_INJECTIONS = 15000
QUICK_AGAIN = 400

# What the scenarios need, asked of the machine by other means.
CAN_MAKE_NAMESPACES = "unshare --pid --fork true"
CAN_MAKE_GROUP = """
    exec unshare --mount --propagation private sh -c '
    try() { mkdir "$1/probe.$$" && { test -e "$1/probe.$$/$2"; found=$?; rmdir "$1/probe.$$"
            return $found; }; }
    top=$(mktemp -d); trap "umount -l $top; rmdir $top" EXIT
    mount -t cgroup2 none "$top" && { echo +memory > "$top/cgroup.subtree_control"
                                      try "$top" memory.max && exit 0; umount "$top"; }
    mount -t cgroup -o memory none "$top" && try "$top" memory.limit_in_bytes'
"""


def has(command):
    return os.geteuid() == 0 and subprocess.run(["sh", "-c", command], capture_output=True,
                                                check=False).returncode == 0


def check_scenarios(program, target):
    """All pass; none that can be done here is skipped."""
    required = ["fork", "vfork", "raw-clone", "double-fork"]
    # It has one state.
    if target != "vdso":
        required += ["threads-fork", "thread-churn"]
    if has(CAN_MAKE_NAMESPACES):
        required += ["pid-namespace", "pid-reuse"]
    if has(CAN_MAKE_GROUP):
        required += ["pressure"]
    if target in ("vdso", "vgetrandom-inprocess"):
        required += ["mremap"]
    result = run([program, "scenarios", "--target", target, "--require", ",".join(required)],
                 timeout=1200)
    print(f"required: {', '.join(required)}\n{result.stdout}{result.stderr}")
    if result.returncode == SKIPPED and not target.startswith("lib:"):
        skip("see above")
    expect_equal(0, result.returncode, "exit status")


def check_kernel_vdso(program):
    """What README.md says of Linux, in a kernel that has it: some calls return zeros."""
    status, found, text = step_json(program, "kernel-vdso", "--size", "32", "--start", "partial",
                                    "--fault", "drop+signal,fork+signal")
    counts = {}
    for sweep in found["faults"]:
        kinds = [bad["kind"] for bad in sweep["bad"]]
        counts[sweep["fault"]] = {kind: kinds.count(kind) for kind in set(kinds)}
    print(text, counts)
    if status == 0 and not any(counts.values()):
        skip("this kernel's function is safe: what README.md says of Linux has been fixed in it")
    expect_equal(1, status, "exit status")
    drop, fork = counts["drop+signal"], counts["fork+signal"]
    expect(drop.get("zeros", 0) > 0, f"drop+signal: no zeros: {drop}")
    expect(fork.get("zeros", 0) > 0, f"fork+signal: no zeros in the child: {fork}")
    expect(fork.get("parent and child got the same", 0) > 0,
           f"fork+signal: no bytes of the parent in the child: {fork}")


def check_quick(program, target):
    """Safe, and quick: the work is counted, since a step takes what the machine makes it take."""
    status, found, text = step_json(program, target, "--quick", "--seed",
                                    str(random.getrandbits(48)))
    again = found["made_again"]
    print(f"{text}{again} forks made again")
    expect_equal(0, status, "exit status")
    expect(found["injections"] < QUICK_INJECTIONS,
           f"{found['injections']} injections, expected less than {QUICK_INJECTIONS}")
    # Each makes its call from the beginning: what ends a tail, and here and there one within it.
    expect(again < QUICK_AGAIN, f"{again} forks made again, expected less than {QUICK_AGAIN}")


def check_alone(program, target):
    """Where tails begin is found out even if nobody asks for plain forks."""
    for fault in ("fork+signal", "fork+signal+signal"):
        status, found, text = step_json(program, target, "--quick", "--fault", fault)
        expect_equal(0, status, f"{fault}: exit status: {text}")
        expect({"fork", fault} <= {sweep["fault"] for sweep in found["faults"]},
               f"{fault}: rows: {text}")
    # But not for a fault that is of no use there: then nothing was tried, and nothing is safe.
    result = step(program, "libc", "--quick", "--fault", "signal..fork")
    expect_equal(SKIPPED, result.returncode, f"libc: exit status: {result.stdout}{result.stderr}")


def check_tail(program, long_one, right):
    """A generator that looks only at its beginning gets a warning, and others get none."""
    options = ["--size", "32", "--start", "partial", "--fault", "fork", "--quick"]
    status, found, text = step_json(program, lib(long_one), *options)
    expect_equal(0, status, f"exit status: {text}")
    expect("WARNING" in text and text.rstrip().endswith("see the warning"), f"no warning: {text}")
    expect_equal(["long tail"], [w["kind"] for w in found["warnings"]], "warnings")
    for target in (lib(right), "libc", "libc-arc4random"):
        status, found, text = step_json(program, target, *options)
        expect_equal((0, []), (status, found["warnings"]), f"{target}: status, warnings: {text}")
        expect("WARNING" not in text, f"a warning: {text}")


def check_silence(program, noisy):
    """Whatever a target prints, only the report is seen."""
    target = f"lib:{noisy}:noisy_getrandom"
    for command in (["step", "--quick", "--start", "fresh", "--fault", "fork"],
                    ["scenarios", "--only", "fork,thread-churn"]):
        result = run([program, *command, "--target", target])
        expect_equal((0, ""), (result.returncode, result.stderr), f"{command}: status and stderr")
        expect("noise\n" not in result.stdout, f"{command}: {result.stdout[:200]}")


def cpu_seconds():
    """Of all that was started here and has ended."""
    used = os.times()
    return used.children_user + used.children_system


def check_hang(program, stuck):
    """
    A target that waits for ever is a finding, and not one that takes half a minute of the processor
    each time.
    """
    before = cpu_seconds()
    result = step(program, f"lib:{stuck}:stuck_getrandom", "--fault", "signal", "--quick",
                  "--size", "32", "--start", "partial")
    seconds = cpu_seconds() - before
    found = re.search(r"^  signal .* (\d+) hang$", result.stdout, re.MULTILINE)
    expect(result.returncode == 1 and found, f"no hang: {result.stdout}{result.stderr}")
    expect(seconds < 10 * int(found[1]) + 10, f"{found[1]} hangs took {seconds:.0f} s")
    print(f"{found[1]} hangs, {seconds:.0f} s")


main({"quick": check_quick, "alone": check_alone, "tail": check_tail, "silence": check_silence,
      "hang": check_hang, "place": check_place, "pressure": check_pressure, "known": check_known,
      "scenarios": check_scenarios, "kernel_vdso": check_kernel_vdso})
