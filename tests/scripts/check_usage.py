# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_usage.py TOP [BENCH]: each script that people start says how to use it, and refuses what it
does not know, before it installs, builds or runs anything. BENCH is vgetrandom-bench, whose options
bench/run lists.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../shape"))
from elf import Report  # noqa: E402

SCRIPTS = [".ci/run", "bench/batch-sizes", "bench/instructions", "bench/noise", "cmake/other-libc",
           "bench/plot", "bench/programs", "bench/renew-results", "bench/run",
           "kernel-side/linux/install-into", "tests/check/mutate", "tests/explore/run",
           "tests/foreign/run", "tests/fuzz/run", "tests/kernel/run", "tests/randomness/run",
           "tests/run", "userspace/integrations/glibc/build", "userspace/integrations/musl/build"]
# Scripts that only others start.
INTERNAL = re.compile(r"bench/languages/build$|tests/(core|glibc-core|musl|packages|kernel/guest)/|"
                      r"tests/check/expect$|tests/explore/(mutant|cross)$|cmake/debian-source$|"
                      r"userspace/integrations/(build-core|(glibc|musl)/core)$")

# What begins to do something.
STARTERS = ["apt-get", "cmake", "ctest", "git", "ninja", "sudo"]
TIMEOUT_S = 600


class Asker:
    """Runs scripts where starting something leaves a note instead."""

    def __init__(self, top, folder):
        self.top, self.notes = top, os.path.join(folder, "started")
        programs = os.path.join(folder, "bin")
        os.mkdir(programs)
        for name in STARTERS:
            path = os.path.join(programs, name)
            with open(path, "w", encoding="ascii") as file:
                file.write(f"#!/bin/sh\necho {name} >>'{self.notes}'\nexit 1\n")
            os.chmod(path, 0o755)
        self.environment = dict(os.environ, PATH=f"{programs}:{os.environ['PATH']}",
                                PYTHONDONTWRITEBYTECODE="1")

    def ask(self, script, option):
        """Exit status, stdout, stderr, what was started."""
        if os.path.exists(self.notes):
            os.remove(self.notes)
        process = subprocess.Popen([os.path.join(self.top, script), option], text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment,
                                   start_new_session=True)
        try:
            out, err = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
        started = ""
        if os.path.exists(self.notes):
            with open(self.notes, encoding="ascii") as file:
                started = file.read()
        return process.returncode, out, err, started


def check_script(report, asker, script):
    status, out, err, started = asker.ask(script, "--help")
    report.expect_equal((0, "", ""), (status, err, started), f"{script} --help only prints")
    report.expect(out.startswith(f"usage: {script}"), f"{script} --help begins with its usage",
                  out[:80])
    for option in ("--nonsense", "-x"):
        status, out, err, started = asker.ask(script, option)
        report.expect_equal((2, "", ""), (status, out, started), f"{script} {option} is refused")
        report.expect(re.fullmatch(rf"\S*{script}: .*; see --help\n", err),
                      f"{script} {option} is refused in a line that says what to do", err)


def check_all_are_known(report, top):
    found = set()
    for folder, folders, files in os.walk(top):
        folders[:] = [name for name in folders if name not in ("build", ".git")]
        paths = [os.path.join(folder, name) for name in files]
        found |= {os.path.relpath(p, top) for p in paths if os.access(p, os.X_OK)}
    found = {path for path in found if not INTERNAL.match(path)}
    report.expect_equal(set(SCRIPTS), found, "the scripts are those that are asked here")


def options_of(command):
    done = subprocess.run([*command, "--help"], text=True, capture_output=True, check=False)
    return re.findall(r"^  (--[a-z]+(?: [A-Z]+)?)", done.stdout, re.MULTILINE)


def main():
    top, bench = sys.argv[1], sys.argv[2:]
    report = Report()
    check_all_are_known(report, top)
    with tempfile.TemporaryDirectory() as folder:
        asker = Asker(top, folder)
        for script in SCRIPTS:
            check_script(report, asker, script)
    if bench:
        report.expect_equal(options_of(bench), options_of([os.path.join(top, "bench/run")]),
                            "bench/run --help lists the options of vgetrandom-bench")
    return report.exit_status()


sys.exit(main())
