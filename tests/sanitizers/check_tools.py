# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
What sanitizers and valgrind say of a program that uses the library: nothing, for each provider; and
of one that has a fault of its own that it has it.

usage: check_tools.py run FAULT PROGRAM...
       check_tools.py valgrind TOOL SUPPRESSIONS PROGRAM...
"""
import os

from tool import expect, expect_equal, main, run, skip

PROVIDERS = ("inprocess", "native", "syscall")
SKIPPED = 77

# For the sanitizers: the first finding ends the program, and is not in a thread's log only.
ENV = dict(os.environ, TSAN_OPTIONS="halt_on_error=1", MSAN_OPTIONS="halt_on_error=1")


def expect_clean(prefix, program):
    """Returns how many providers there are."""
    num = 0
    for provider in PROVIDERS:
        result = run([*prefix, program, provider], env=ENV)
        if result.returncode == SKIPPED:
            continue
        num += 1
        expect_equal((0, ""), (result.returncode, result.stderr), f"{provider}, {program}")
    return num


def expect_found(prefix, program, fault):
    result = run([*prefix, program, "syscall", fault], env=ENV)
    expect(result.returncode != 0 and result.stderr,
           f"{program}: its fault '{fault}' was not found, exit status {result.returncode}")


def check_run(fault, *programs):
    for program in programs:
        num = expect_clean([], program)
        expect_found([], program, fault)
        print(f"{program}: clean with {num} providers, and found with its own fault")


def check_valgrind(tool, suppressions, *programs):
    plain = ["valgrind", "-q", f"--tool={tool}", "--error-exitcode=9"]
    if run([*plain, "true"]).returncode != 0:
        skip(f"valgrind --tool={tool} does not work here")
    for program in programs:
        prefix = [*plain, f"--suppressions={suppressions}"]
        num = expect_clean(prefix, program)
        expect_found(prefix, program, "race")
        # Without the file there is something to suppress.
        expect_equal(9, run([*plain, program, "inprocess"]).returncode,
                     f"{tool} of {program} without suppressions")
        print(f"{program}: {tool} is clean with {num} providers")


main({"run": check_run, "valgrind": check_valgrind})
