# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""vgetrandom-bench as a program: how it is run, and how it has to refuse."""
import os
import subprocess
import sys


def run(program, *args):
    return subprocess.run([program, *args], capture_output=True, text=True, timeout=1200)


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
