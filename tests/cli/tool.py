# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What the tests of the vgetrandom command share."""
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77

# linux/prctl.h, linux/capability.h
PR_CAPBSET_DROP = 24
CAP_SYS_ADMIN = 21
LIBC = ctypes.CDLL(None)

VERBS = ["probe", "inspect", "fill", "run", "bench"]


def fail(text):
    print(text)
    sys.exit(1)


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def expect(good, text):
    if not good:
        fail(text)


def expect_equal(expected, actual, text):
    expect(expected == actual, f"{text}: expected {expected!r}, actual {actual!r}")


def run(command, **options):
    """stdout and stderr are text unless options say otherwise; never a shell."""
    options.setdefault("text", True)
    options.setdefault("timeout", 1200)
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(command, capture_output=True, check=False, **options)


def run_well(command, **options):
    result = run(command, **options)
    if result.returncode != 0:
        fail(f"{command}: exit status {result.returncode}, stderr {result.stderr!r}")
    return result


def read_terminal(primary):
    """All that programs write to a terminal, until the last one closes it."""
    text = b""
    try:
        while data := os.read(primary, 65536):
            text += data
    except OSError:
        pass  # The end of a terminal.
    os.close(primary)
    return text.decode()


# Of strace; with several threads a call may be in two lines, and its result is in the second.
RETURNED = re.compile(r"(\w+)(?:\(| resumed>).*\) += (\d+)$", re.MULTILINE)


def traced(command, *names):
    """
    What these system calls returned in @command and its children: {name: [result]}; None if nothing
    can be traced here.
    """
    if not shutil.which("strace") or run(["strace", "-o", "/dev/null", "true"]).returncode != 0:
        print("skipped: programs cannot be traced here")
        return None
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as trace:
        run_well(["strace", "-f", "-qq", "-s", "0", "-e", "signal=none",
                  "-e", f"trace={','.join(names)}", "-o", trace.name, *command], text=False)
        found = RETURNED.findall(trace.read())
    return {name: [int(value) for known, value in found if known == name] for name in names}


def with_env(**variables):
    """This environment, but for these variables; None takes one away."""
    env = dict(os.environ)
    for name, value in variables.items():
        env.pop(name, None)
        if value is not None:
            env[name] = value
    return env


def without_reseed():
    """
    For preexec_fn: the program may not have the kernel reseed, as probe does where it can. The
    tests that run beside this one would all notice.
    """
    LIBC.prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0)


def probe(program, **options):
    return json.loads(run_well([program, "probe", "--json"], preexec_fn=without_reseed,
                               **options).stdout)


def working_providers(program):
    return [name for name, provider in probe(program)["providers"].items() if provider["works"]]


def main(checks):
    """sys.argv[1] names one of @checks, the rest are its arguments."""
    if len(sys.argv) < 2 or sys.argv[1] not in checks:
        print(f"usage: {sys.argv[0]} {'|'.join(checks)} ARGUMENT...", file=sys.stderr)
        sys.exit(2)
    checks[sys.argv[1]](*sys.argv[2:])
