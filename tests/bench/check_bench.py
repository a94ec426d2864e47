#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""vgetrandom-bench as its users meet it: what it says of bad input, and that it runs.

usage: check_bench.py errors|smoke PROGRAM
"""
import json
import os
import subprocess
import sys
import tempfile

SIZES = [4, 1024]
ALWAYS_THERE = ["syscall", "libc", "vdso", "vgetrandom"]


def run(program, *args):
    return subprocess.run([program, *args], capture_output=True, text=True, timeout=120)


def fail(text):
    print(text)
    sys.exit(1)


def expect_refused(program, folder, *args):
    """Exit status 2, one line on stderr, nothing on stdout, no new file."""
    before = sorted(os.listdir(folder))
    result = run(program, *args)
    lines = result.stderr.splitlines()
    if result.returncode != 2 or len(lines) != 1 or result.stdout:
        fail(f"{args}: expected exit status 2 and one line on stderr, got "
             f"{result.returncode}, stderr {result.stderr!r}, stdout {result.stdout!r}")
    if not lines[0].startswith("vgetrandom-bench: ") or len(lines[0]) < 30:
        fail(f"{args}: the line does not say what was wrong and what to do: {lines[0]!r}")
    if sorted(os.listdir(folder)) != before:
        fail(f"{args}: left files behind: {sorted(os.listdir(folder))}")


def check_errors(program):
    with tempfile.TemporaryDirectory() as folder:
        victim = os.path.join(folder, "kept.json")
        with open(victim, "w", encoding="ascii") as file:
            file.write("kept")
        for args in (["--foo"], ["-x"], ["extra"], ["--json"], ["--sources", "nosuch"],
                     ["--sources", ""], ["--sizes", "0"], ["--sizes", "4,x"],
                     ["--sizes", "4,4"], ["--sizes", "99999999999999999999"],
                     ["--repeats", "1"], ["--threads", "0"], ["--threads", "x"],
                     ["--chacha", "foo"], ["--quick=1"],
                     ["--json", folder + "/no/such/folder.json"], ["--json", folder],
                     ["--json", victim + "/below-a-file"],
                     # The last mistake counts, whatever is right before it.
                     ["--json", victim, "--quick", "--sources", "nosuch"]):
            expect_refused(program, folder, *args)
        with open(victim, encoding="ascii") as file:
            if file.read() != "kept":
                fail("a refused run wrote to the --json file")
    print("every bad option was refused")


def check_smoke(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.json")
        result = run(program, "--quick", "--sizes", ",".join(map(str, SIZES)),
                     "--threads", "1,2", "--json", path)
        if result.returncode != 0 or result.stderr:
            fail(f"exit status {result.returncode}, stderr {result.stderr!r}")
        with open(path, encoding="ascii") as file:
            out = json.load(file)
        if os.listdir(folder) != ["out.json"]:
            fail(f"left files behind: {os.listdir(folder)}")
    for key in ("cpu", "kernel", "compiler", "flags", "commit"):
        if not out["host"].get(key):
            fail(f"the host's {key} is missing")
    missing = {row["source"] for row in out["missing"]}
    for row in out["missing"]:
        if len(row["reason"]) < 10:
            fail(f"{row}: no reason")
    for source in ALWAYS_THERE:
        for size in SIZES:
            for threads in (1, 2):
                rows = [r for r in out["results"] if
                        (r["source"], r["size"], r["threads"]) == (source, size, threads)]
                if source in missing or len(rows) != 1:
                    fail(f"{source}, {size} bytes, {threads} threads: {len(rows)} results")
                if not 0 < rows[0]["ns_min"] <= rows[0]["ns_per_call"]:
                    fail(f"{rows[0]}: times that cannot be")
    print(f"{len(out['results'])} results, missing: {sorted(missing)}")


def main():
    checks = {"errors": check_errors, "smoke": check_smoke}
    if len(sys.argv) != 3 or sys.argv[1] not in checks:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    checks[sys.argv[1]](sys.argv[2])


main()
