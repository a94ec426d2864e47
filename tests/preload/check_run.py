# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""vgetrandom run: what it preloads into what, and what --stats says at a process's end.

usage: check_run.py run|stats|conformance|early|sandbox|daemonized|interrupted|scenarios PROGRAM ARGUMENT...
"""
import os
import shutil
import stat
import sys
import tempfile

from stats import lines_of
from tool import (expect, expect_equal, main, run, run_well, skip, with_env,
                  working_providers)


def check_statuses(program, folder):
    """Those of env(1), and the command's own."""
    def status(*command, **options):
        result = run([program, "run", *command], **options)
        expect(result.stderr.count("\n") == (result.returncode in (125, 126, 127)),
               f"{command}: stderr {result.stderr!r}")
        return result.returncode

    plain = os.path.join(folder, "plain")
    with open(plain, "w", encoding="ascii") as file:
        file.write("no program\n")
    expect_equal(0, status("true"), "true")
    expect_equal(7, status("--", "sh", "-c", "exit 7"), "exit 7")
    expect_equal(-9, status("sh", "-c", "kill -9 $$"), "killed")
    expect_equal(127, status("no-such-command"), "no such command")
    expect_equal(127, status(folder + "/no/such"), "no such path")
    expect_equal(126, status(plain), "not executable")
    expect_equal(126, status(folder), "a folder")
    expect_equal(127, status("true", env={"PATH": folder}), "not in PATH")
    set_uid = os.path.join(folder, "set-uid")
    shutil.copy(shutil.which("true"), set_uid)
    if os.getuid() == 0:
        os.chown(set_uid, 1, 1)
        os.chmod(set_uid, stat.S_ISUID | 0o755)
        expect_equal(125, status(set_uid), "a set-user-ID program")
    if "module" not in working_providers(program):
        expect_equal(125, status("--provider", "module", "true"), "a provider that is not there")


def check_static(program, folder, compiler):
    """Nothing can be preloaded into a static program: that is said."""
    path = os.path.join(folder, "static")
    built = run([compiler, "-static", "-x", "c", "-o", path, "-"], stdin=None,
                input="int main(void) { return 0; }\n")
    if built.returncode != 0:
        print(f"no static program could be built: {built.stderr.splitlines()[:1]}")
        return
    result = run([program, "run", path])
    expect_equal(125, result.returncode, "a static program")
    expect("static" in result.stderr, result.stderr)


def check_places(program, shim, folder):
    """It is found beside the program as installed; a folder that cannot be in LD_PRELOAD is said."""
    for name, status in (("good", 0), ("has space", 125), ("has:colon", 125)):
        top = os.path.join(folder, name)
        os.makedirs(os.path.join(top, "userspace/cli"))
        os.makedirs(os.path.join(top, "userspace/preload"))
        shutil.copy(program, os.path.join(top, "userspace/cli/vgetrandom"))
        copy = os.path.join(top, "userspace/preload/libvgetrandom-preload.so")
        shutil.copy(shim, copy)
        result = run([os.path.join(top, "userspace/cli/vgetrandom"), "run", "sh", "-c",
                      "printf %s \"$LD_PRELOAD\""], env=with_env(LD_PRELOAD=None))
        expect_equal(status, result.returncode, f"a folder '{name}': {result.stderr!r}")
        if status == 0:
            expect_equal(os.path.realpath(copy), result.stdout, "LD_PRELOAD")
    # Those that were there stay, in their order.
    result = run_well([program, "run", "sh", "-c", "printf %s \"$LD_PRELOAD\""],
                      env=with_env(LD_PRELOAD="libm.so.6 libdl.so.2"))
    expect_equal(f"{os.path.realpath(shim)}:libm.so.6 libdl.so.2", result.stdout,
                 "LD_PRELOAD with others")
    # Where the shim is in it already, whose functions come first is the user's choice.
    listed = f"libm.so.6:{os.path.realpath(shim)} libdl.so.2"
    result = run_well([program, "run", "sh", "-c", "printf %s \"$LD_PRELOAD\""],
                      env=with_env(LD_PRELOAD=listed))
    expect_equal(listed, result.stdout, "LD_PRELOAD with the shim in it")


def check_run(program, shim, compiler):
    with tempfile.TemporaryDirectory() as folder:
        check_statuses(program, folder)
        check_static(program, folder, compiler)
        check_places(program, shim, folder)
    for provider in working_providers(program):
        out = run_well([program, "run", "--provider", provider, "sh", "-c",
                        "echo $VGETRANDOM_PROVIDER"]).stdout
        expect_equal(provider + "\n", out, "VGETRANDOM_PROVIDER")


# Without site-packages, which may import random and then draw at each fork.
PYTHON = [sys.executable, "-S", "-c"]

PYTHON_ENDS = {
    "return": "",
    "exit": "import sys; sys.exit(3)",
    "_exit": "os._exit(3)",
    "exec": "os.execvp('true', ['true'])",
}


def check_ends(program, provider):
    """Every way to end a process that is not a kill."""
    for name, end in PYTHON_ENDS.items():
        code = f"import os\nfor i in range(100): os.urandom(32)\n{end}"
        result = run([program, "run", "--stats", "--provider", provider, *PYTHON, code])
        found = list(lines_of(result.stderr).values())
        expect_equal(1, len(found), f"{provider}, {name}: lines in {result.stderr!r}")
        expect_equal(provider, found[0][1], f"{name}: provider")
        if name == "exec":
            # It is another program now.
            expect_equal(("true", 0), (found[0][0], found[0][2]), "after an exec")
            continue
        expect(100 <= found[0][2] < 200 and 3200 <= found[0][3] < 10000,
               f"{provider}, {name}: {found}")
    killed = run([program, "run", "--stats", *PYTHON,
                  "import os; os.urandom(4); os.kill(os.getpid(), 9)"])
    expect_equal("", killed.stderr, "a process that is killed says nothing")


def check_forks(program):
    """A child has numbers of its own; what draws nothing below the command is silent."""
    code = ("import os\n"
            "for i in range(1000): os.urandom(8)\n"
            "for n in range(1, 4):\n"
            "    if os.fork() == 0:\n"
            "        for i in range(10 * n): os.urandom(8)\n"
            "        os._exit(0)\n"
            "    os.wait()\n"
            "if os.fork() == 0: os._exit(0)\n"
            "os.wait()\n")
    result = run_well([program, "run", "--stats", "--provider", "inprocess", *PYTHON, code])
    calls = sorted(line[2] for line in lines_of(result.stderr).values())
    expect_equal([10, 20, 30], calls[:3], "calls of the children")
    expect(len(calls) == 4 and calls[3] >= 1000, f"calls of all: {calls}")
    # A fork wipes: each child's first call found that. The kernel may have dropped a page besides.
    drops = [line[5] for line in lines_of(result.stderr).values() if line[2] < 1000]
    expect(len(drops) == 3 and min(drops) >= 1, f"drops of the children: {drops}")


def check_closed_stderr(program):
    """coreutils close it before they end; the line is written all the same."""
    result = run_well([program, "run", "--stats", "head", "-c", "0", "/dev/null"])
    expect_equal(["head"], [line[0] for line in lines_of(result.stderr).values()], "head")
    with tempfile.TemporaryDirectory() as folder:
        victim = os.path.join(folder, "victim")
        code = ("import os\nos.closerange(2, 200)\n"
                f"for i in range(150): os.open({victim!r}, os.O_CREAT | os.O_WRONLY)\n"
                "os.closerange(2, 3)\nos.urandom(4)\n")
        run_well([program, "run", "--stats", *PYTHON, code])
        expect_equal(0, os.path.getsize(victim), "bytes written into another file")


def check_vfork(program):
    """The child of vfork() shares its parent's memory: one line, the parent's."""
    code = ("import subprocess, os\nos.urandom(4)\n"
            "try: subprocess.Popen(['/no/such/program'])\n"
            "except FileNotFoundError: pass\n"
            "for i in range(100): os.urandom(4)\n")
    result = run_well([program, "run", "--stats", *PYTHON, code])
    lines = list(lines_of(result.stderr).values())
    expect(len(lines) == 1 and lines[0][2] > 100, f"after a vfork: {result.stderr!r}")


def check_stats(program):
    for provider in working_providers(program):
        check_ends(program, provider)
    check_forks(program)
    check_closed_stderr(program)
    check_vfork(program)
    silent = run_well([program, "run", *PYTHON, "import os; os.urandom(4)"])
    expect_equal("", silent.stderr, "without --stats")
    nested = run_well([program, "run", "--stats", program, "run", *PYTHON,
                       "import os; os.urandom(4)"])
    expect_equal("", nested.stderr, "an inner run without --stats")


def check_conformance(program, conformance):
    for provider in working_providers(program):
        result = run([program, "run", "--provider", provider, conformance])
        expect_equal((0, "as the C library's\n", ""),
                     (result.returncode, result.stdout, result.stderr), provider)
    # It must be able to fail: without the shim.
    expect_equal(1, run([conformance], env=with_env(LD_PRELOAD=None)).returncode, "without it")


# Of early.c: that many functions, each at least once.
EARLY_CALLS = 5


def check_early(program, *early):
    """Draws before main() are none's twice, and the settings hold for what comes after them."""
    outs = []
    for provider in working_providers(program):
        for path in early:
            result = run([program, "run", "--provider", provider, "--stats", path])
            expect_equal(0, result.returncode, f"{provider}, {path}: {result.stderr!r}")
            lines = list(lines_of(result.stderr).values())
            expect_equal([provider], [line[1] for line in lines], f"{path}: provider")
            expect(lines[0][2] >= EARLY_CALLS, f"{path}: expected all draws, actual {lines}")
            outs += result.stdout.split()
    expect(len(outs) == len(set(outs)) and "0" not in outs, f"draws before main(): {outs}")


# Who writes a line at its end: the parent of a forked process; and who is not killed for it.
SANDBOXES = {"calls": False, "threads": False, "memory": True, "forked": True, "refused": False,
             "unused": False}


def check_sandbox(program, sandboxed):
    for provider in working_providers(program):
        for kind, writes in SANDBOXES.items():
            for options in ([], ["--stats"]):
                result = run([program, "run", "--provider", provider, *options, sandboxed, kind])
                if result.returncode == 77:
                    skip(result.stdout)
                expect(result.returncode == 0 and result.stdout.startswith("done\n"),
                       f"{provider}, {kind}, {options}: exit status {result.returncode}, "
                       f"stdout {result.stdout!r}, stderr {result.stderr!r}")
                lines = lines_of(result.stderr)
                expect_equal(bool(options) and writes, bool(lines),
                             f"{provider}, {kind}: {result.stderr!r}")
                expect(not lines or provider == "syscall" or
                       all(line[4] == 0 for line in lines.values()),
                       f"{provider}, {kind}: fallbacks: {lines}")
    print("no sandbox killed")


def check_daemonized(program, daemonized):
    """The worker of a daemon draws from a state, as its parent's did, not by system calls."""
    for provider in set(working_providers(program)) - {"syscall"}:
        for kind in ("plain", "locked"):
            result = run([program, "run", "--provider", provider, "--stats", daemonized, kind])
            expect_equal(0, result.returncode, f"{provider}, {kind}: {result.stderr!r}")
            expect_equal([(1000, 16000, 0)] * 2,
                         [line[2:5] for line in lines_of(result.stderr).values()],
                         f"{provider}, {kind}: calls, bytes and fallbacks of both processes")


def check_interrupted(program, interrupted):
    for provider in working_providers(program):
        result = run([program, "run", "--provider", provider, "--stats", interrupted, provider])
        expect_equal((0, "done\n"), (result.returncode, result.stdout),
                     f"{provider}, stderr {result.stderr!r}")
        calls = [line[2] for line in lines_of(result.stderr).values()]
        expect(len(calls) == 1 and calls[0] > 1000,
               f"{provider}: expected its draws to be the shim's, actual {result.stderr!r}")


def check_scenarios(program, checker):
    """
    Forks of all kinds, and threads: to vgetrandom-check the shim is the libc's getrandom(). The
    processes of scenarios say nothing, so that it is the shim is shown by another of its commands.
    """
    for provider in set(working_providers(program)) - {"syscall"}:
        prefix = [program, "run", "--provider", provider, "--stats", checker]
        result = run([*prefix, "draw", "--target", "libc", "--bytes", "100000"], encoding="latin-1")
        calls = sum(line[2] for line in lines_of(result.stderr).values())
        expect(result.returncode == 0 and calls > 0,
               f"{provider}: expected draws to be the shim's, actual {calls} of them")
        result = run([*prefix, "scenarios", "--target", "libc"])
        if result.returncode == 77:
            skip(result.stdout)
        expect_equal(0, result.returncode, f"{provider}: {result.stdout}, stderr {result.stderr!r}")
        print(f"{provider}:\n{result.stdout}")


main({"run": check_run, "stats": check_stats, "conformance": check_conformance,
      "early": check_early, "sandbox": check_sandbox, "daemonized": check_daemonized,
      "interrupted": check_interrupted, "scenarios": check_scenarios})
