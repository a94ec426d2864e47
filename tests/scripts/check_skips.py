# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_skips.py TOP PROGRAM: what is skipped inside a Criterion program is seen: by its exit status,
by ctest, and by name in what tests/run prints of ctest's results. PROGRAM is made of skips.c.
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../shape"))
from elf import Report  # noqa: E402

WITH_A_REASON = 'never::with_a_reason: 1 < 2 & "so"'
WITHOUT = "never::without: no reason given"
NOT_TWO = "sometimes::by_number: not 2"

# Name, --filter, exit status, what is skipped.
RUNS = [("all", "never/*", 77, {WITH_A_REASON, WITHOUT}),
        ("some", "@(never/with_a_reason|sometimes/*)", 0, {WITH_A_REASON, NOT_TWO}),
        ("failing", "@(never/without|bad/*)", 1, {WITHOUT}),
        ("only_failing", "bad/*", 1, set())]

# More than ctest keeps of what a test that passes says, unless it is told to.
CHATTER = "i=0; while [ $i -lt 200 ]; do echo 'a line of no interest'; i=$((i+1)); done; "

CTEST = """
add_test(all "{program}" --filter "never/*")
add_test(some sh -c "{chatter}'{program}' --filter '@(never/with_a_reason|sometimes/*)'")
add_test(failing "{program}" --filter "@(never/without|bad/*)")
add_test(own sh -c "echo in words of its own; echo more; exit 77")
add_test(plain sh -c "echo skipped: it is late; exit 77")
add_test(good true)
add_test(missing "{program}-that-is-not-there")
set_tests_properties(all some failing own plain PROPERTIES SKIP_RETURN_CODE 77)
"""


def check_program(report, program):
    for name, pattern, status, skipped in RUNS:
        done = subprocess.run([program, "--filter", pattern], text=True, capture_output=True,
                              check=False)
        lines = {line for line in done.stdout.splitlines() if line.startswith("skipped: ")}
        report.expect_equal(status, done.returncode, f"exit status of {name}")
        report.expect_equal({f"skipped: {case}" for case in skipped}, lines, f"skipped of {name}")


def options_of_ctest(top):
    """Those that tests/run gives to ctest about the output of a test."""
    with open(os.path.join(top, "tests/run"), encoding="utf-8") as file:
        words = file.read().split()
    at = words.index("--test-output-size-passed")
    return words[at:at + 2]


def check_results(report, top, program):
    with tempfile.TemporaryDirectory() as folder:
        chatter = CHATTER.replace("$", "\\$")
        with open(os.path.join(folder, "CTestTestfile.cmake"), "w", encoding="utf-8") as file:
            file.write(CTEST.format(program=program, chatter=chatter))
        junit = os.path.join(folder, "junit.xml")
        subprocess.run(["ctest", "--output-junit", junit, *options_of_ctest(top)], cwd=folder,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        done = subprocess.run(["awk", "-f", os.path.join(top, "tests/junit.awk"), junit],
                              text=True, capture_output=True, check=False)
    report.expect_equal("", done.stderr, "awk has no complaints")
    counts, *lines = done.stdout.splitlines() or [""]
    report.expect_equal("2 2 3 3", counts, "passed, failed, skipped, skipped cases")
    report.expect_equal({f"all: {WITH_A_REASON}", f"all: {WITHOUT}", f"some: {WITH_A_REASON}",
                         f"some: {NOT_TWO}", f"failing: {WITHOUT}", "own: in words of its own",
                         "plain: it is late"}, set(lines), "what is listed")


def main():
    top, program = sys.argv[1:3]
    report = Report()
    check_program(report, program)
    check_results(report, top, program)
    return report.exit_status()


sys.exit(main())
