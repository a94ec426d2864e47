# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What vgetrandom-check reports of what it finds.

usage: check_findings.py place PROGRAM SAMPLE
       check_findings.py known PROGRAM
       check_findings.py pressure PROGRAM
"""
import glob
import json
import os
import re
import shutil
import tempfile

from tool import SKIPPED, expect, expect_equal, fail, main, run, skip


def step(program, target, *options):
    return run([program, "step", "--target", target, "--seed", "1", *options], timeout=280)


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
    # Others may run the same at the same time: a group that stays does so each time.
    for _ in range(3):
        before = groups()
        result = run([program, "scenarios", "--target", "vgetrandom", "--only", "pressure"])
        if result.returncode == SKIPPED:
            skip(result.stdout.splitlines()[-3].strip())
        expect_equal(0, result.returncode, f"exit status: {result.stdout}{result.stderr}")
        left = groups() - before
        if not left:
            break
    else:
        fail(f"left behind: {sorted(left)}")
    expect(re.search(r"[1-9]\d* of \d+ times the page was gone|cannot be dropped", result.stdout),
           f"no drops: {result.stdout}")


main({"place": check_place, "pressure": check_pressure,
      "known": check_known})
