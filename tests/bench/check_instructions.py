#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Instructions of the fast path and the refill against the committed ones: a regression guard that
no noise can disturb. They depend on the compiler, so the file says which one it is for; with
another there is nothing to compare, and the test is skipped.

usage: check_instructions.py [--renew] PROGRAM FILE
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
TOLERANCE = 0.02
# What has a better level than valgrind knows ends at AVX2.
LEVELS = ["generic", "sse2", "avx2"]
SOURCES = "vdso,vdso-refill,vgetrandom-inprocess,vgetrandom-syscall"
SIZES = "4,16,32,256,1024"


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def levels_here(program):
    """Those up to the machine's best."""
    for count in (3, 2, 1):
        done = subprocess.run([program, "--chacha", ",".join(LEVELS[:count]), "--help"],
                              capture_output=True, check=False)
        if done.returncode == 0:
            return LEVELS[:count]
    return []


def measure(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.json")
        done = subprocess.run([program, "--measure", "instructions", "--sources", SOURCES,
                               "--sizes", SIZES, "--chacha", ",".join(levels_here(program)),
                               "--json", path], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"vgetrandom-bench failed: {done.stderr}")
            sys.exit(1)
        with open(path, encoding="ascii") as file:
            return json.load(file)


def counts(run):
    return {f"{row['source']} {row['chacha'] or '-'} {row['size']}": row["value"]
            for row in run["figures"]}


def build_of(run):
    return {key: run["host"][key] for key in ("compiler", "flags")}


def compare(expected, actual):
    bad = 0
    for key, before in expected.items():
        level = key.split()[1]
        if key not in actual:
            # A machine may lack a level, but no other row.
            if level == "-" or any(f" {level} " in other for other in actual):
                print(f"{key}: was not counted")
                bad += 1
            continue
        change = actual[key] / before - 1
        if abs(change) > TOLERANCE:
            print(f"{key}: {before} instructions a call became {actual[key]} ({change:+.1%})")
            bad += 1
    if bad:
        print(f"{bad} of {len(expected)} differ by more than {TOLERANCE:.0%}; if that is meant, "
              "run bench/instructions --renew and commit what it writes")
        sys.exit(1)
    print(f"{len(actual)} counts are within {TOLERANCE:.0%} of the committed ones")


def main():
    args = sys.argv[1:]
    renew = args[:1] == ["--renew"]
    if len(args) != 2 + renew:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    program, path = args[renew:]
    if not shutil.which("valgrind"):
        skip("there is no valgrind")
    if renew:
        run = measure(program)
        with open(path + ".new", "w", encoding="ascii") as file:
            json.dump({**build_of(run), "instructions": counts(run)}, file, indent=1)
            file.write("\n")
        os.rename(path + ".new", path)
        print(f"{len(run['figures'])} counts for {run['host']['compiler']} are in {path}")
        return
    with open(path, encoding="ascii") as file:
        expected = json.load(file)
    run = measure(program)
    for key, value in build_of(run).items():
        if value != expected[key]:
            skip(f"the counts are for the {key} '{expected[key]}', this is '{value}'")
    compare(expected["instructions"], counts(run))


main()
