# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What vgetrandom-check reports of what it finds.

usage: check_findings.py place PROGRAM SAMPLE
"""
import re
import shutil

from tool import expect, expect_equal, main, run, skip


def step(program, target, *options):
    return run([program, "step", "--target", target, "--seed", "1", *options], timeout=280)


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


main({"place": check_place})
