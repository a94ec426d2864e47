# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
What the shim adds to the start of a program that draws nothing: system calls and page faults more
than an empty library in its place. Not time, which bench/programs measures.

usage: check_start.py start SHIM COMPILER
"""
import os
import tempfile

from tool import expect, fail, main, run, run_well, with_env

RUNS = 15

# The data that are zero at load, and with auto or module the look for /dev/vgetrandom.
CALLS = {"auto": 2, "module": 2, "native": 1, "inprocess": 1, "syscall": 1}
# Its own pages: data that are written, and the constructors'. Preparing for draws takes ten more.
FAULTS = 8


def system_calls(environment):
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as trace:
        result = run(["strace", "-o", trace.name, "-E", f"LD_PRELOAD={environment['LD_PRELOAD']}",
                      "true"], env={**environment, "LD_PRELOAD": ""})
        expect(result.returncode == 0, f"strace: {result.stderr!r}")
        return trace.read().splitlines()


def faults(environment):
    """The fewest of several runs: where the kernel puts things changes their number."""
    numbers = []
    for _ in range(RUNS):
        pid = os.posix_spawnp("true", ["true"], environment)
        _, status, usage = os.wait4(pid, 0)
        expect(status == 0, f"true: status {status}")
        numbers.append(usage.ru_minflt)
    return min(numbers)


def check_start(shim, compiler):
    with tempfile.TemporaryDirectory() as folder:
        empty = os.path.join(folder, "empty.so")
        run_well([compiler, "-shared", "-fPIC", "-x", "c", "-o", empty, "-"], stdin=None,
                 input="extern int unused;\n")
        without = with_env(LD_PRELOAD=empty)
        calls, fewest = system_calls(without), faults(without)
        for provider, most in CALLS.items():
            env = with_env(LD_PRELOAD=shim, VGETRANDOM_PROVIDER=provider)
            found, more = system_calls(env), faults(env) - fewest
            print(f"{provider}: {len(found) - len(calls)} system calls and {more} page faults more")
            if len(found) - len(calls) > most:
                fail(f"{provider}: expected at most {most} system calls more than an empty "
                     f"library, actual:\n" + "\n".join(found))
            expect(more <= FAULTS, f"{provider}: expected at most {FAULTS} page faults more than "
                   f"an empty library, actual {more}")


main({"start": check_start})
