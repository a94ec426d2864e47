# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""vgetrandom inspect: what it sees of itself and of others, and who it cannot look at.

usage: check_inspect.py self|sharing|ends|restored|vanishing|everybody PROGRAM ARGUMENT...
"""
import ctypes
import json
import mmap
import os
import signal
import subprocess
import sys
import time

from tool import expect, expect_equal, main, probe, run, run_well, skip, with_env, working_providers

# Of processes that vanish while they are looked at.
ROUNDS = 30


def look(program, *args, status=0, **options):
    result = run([program, "inspect", *args, "--json"], **options)
    expect_equal((status, ""), (result.returncode, result.stderr), f"inspect {args}")
    return [json.loads(line) for line in result.stdout.splitlines()]


def needs_pagemap(program):
    if probe(program)["pagemap"]["answer"] != "yes":
        skip("this kernel's pagemap does not tell who maps a page")


def check_self(program):
    needs_pagemap(program)
    for provider in working_providers(program):
        out = look(program, "--self", env=with_env(VGETRANDOM_PROVIDER=provider))[0]
        if provider == "syscall":
            # No state; the library's bookkeeping is all that is wiped on fork.
            expect(out["verdict"] in ("no-states", "not-shared"), f"{provider}: {out}")
            continue
        expect_equal(("not-shared", 0), (out["verdict"], out["shared"]), provider)
        expect(out["present"] >= 1, f"{provider}: no page is present after a draw")
        flags = out["mappings"][0]["vm_flags"].split()
        expect("wf" in flags and "dd" in flags, f"{provider}: VmFlags {flags}")
    text = run_well([program, "inspect", "--self"]).stdout
    expect("no state page is shared with another process" in text, text)
    looks = look(program, "--self", "--watch=10", "--looks", "4")
    expect_equal([None, False, False, False], [o["mappings"][0]["pages"][0]["dropped"]
                                               for o in looks], "dropped, look by look")


def lonely_page():
    """One page that the kernel does not merge with the mappings beside it."""
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    start = libc.mmap(None, 3 * mmap.PAGESIZE, 0, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
    address = start + mmap.PAGESIZE
    expect_equal(0, libc.mprotect(address, mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_WRITE),
                 "mprotect")
    return f"{address:x}", (ctypes.c_char * mmap.PAGESIZE).from_address(address)


def check_sharing(program):
    """A page that both have after a fork, until one of them writes to it."""
    needs_pagemap(program)
    address, page = lonely_page()
    page[0] = 1
    to_child, go = os.pipe()
    from_child, done = os.pipe()
    me = str(os.getpid())
    expect_equal("not-shared", look(program, me, "--mapping", address)[0]["verdict"], "before")
    child = os.fork()
    if child == 0:
        os.read(to_child, 1)
        page[0] = 2
        os.write(done, b"x")
        signal.pause()
        os._exit(0)
    try:
        out = look(program, me, "--mapping", address, status=3)[0]
        expect_equal(("shared", 1), (out["verdict"], out["shared"]), "after a fork")
        expect_equal("asked-for", out["mappings"][0]["kind"], "kind")
        text = run([program, "inspect", me, "--mapping", address]).stdout
        expect(f"0x{address}" in text.splitlines()[-1] and "shared" in text.splitlines()[-1], text)
        os.write(go, b"x")
        os.read(from_child, 1)
        expect_equal("not-shared", look(program, me, "--mapping", address)[0]["verdict"],
                     "after the child's write")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def wait_for_looks(watch, command, num):
    """Reads until @num looks have seen it as @command."""
    while num:
        line = watch.stdout.readline()
        expect(line, f"the watch ended before it saw {command}")
        num -= json.loads(line)["command"] == command


def check_ends(program):
    """Processes that are not there, end while they are watched, or have no memory."""
    # One that becomes another program is watched on. It does the next thing when the one before
    # was seen.
    with subprocess.Popen(["sh", "-c", "read line; exec cat"], stdin=subprocess.PIPE) as process:
        gone = process.pid
        with subprocess.Popen([program, "inspect", str(gone), "--watch=20", "--json"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watch:
            wait_for_looks(watch, "sh", 3)
            process.stdin.write(b"line\n")
            process.stdin.flush()
            wait_for_looks(watch, "cat", 1)
            process.stdin.close()
            process.wait()
            _, err = watch.communicate()
            expect_equal((0, ""), (watch.returncode, err), "watched until it ended")
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    for pid, words in ((gone, "no process"), (zombie.pid, "no memory")):
        result = run([program, "inspect", str(pid)])
        expect_equal((1, "", 1), (result.returncode, result.stdout, result.stderr.count("\n")),
                     f"{words}: {result.stderr!r}")
        expect(words in result.stderr, result.stderr)
    zombie.wait()
    with subprocess.Popen([program, "inspect", "--self", "--watch=1", "--json"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        expect_equal(b"", process.stderr.read(), "a reader that ends: stderr")
        process.wait()


def check_vanishing(program):
    """Processes that become other programs and end at any moment of a look."""
    statuses = {0: 0, 1: 0}
    command = [sys.executable, "-S", "-c", "import os; os.execvp('sh', ['sh', '-c', ':; true'])"]
    for _ in range(ROUNDS):
        with subprocess.Popen(command) as process:
            looks = [subprocess.Popen([program, "inspect", str(process.pid), "--json", *args],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                     for args in ([], ["--watch=1", "--looks", "20"], ["--watch=3"])]
            for inspect in looks:
                out, err = inspect.communicate(timeout=1200)
                expect(inspect.returncode in statuses, f"exit status {inspect.returncode}: {err!r}")
                expect(err.count("\n") == (inspect.returncode == 1), f"stderr {err!r}")
                for line in out.splitlines():
                    json.loads(line)
                statuses[inspect.returncode] += 1
    print(f"exit statuses: {statuses}")


def unused_user():
    """A user that owns no process: user 65534 may own a daemon, or what another test has started."""
    used = set()
    for entry in os.listdir("/proc"):
        try:
            used.add(os.stat(f"/proc/{entry}").st_uid)
        except OSError:
            pass  # It has ended.
    return next(user for user in range(60000 + os.getpid() % 4096, 65536) if user not in used)


NOBODY = unused_user()


def become_nobody():
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def inspect_all(program, **options):
    """Every process of the machine, and some that vanish: a verdict or one line, nothing else."""
    statuses = {0: 0, 1: 0, 3: 0}
    pids = [entry for entry in os.listdir("/proc") if entry.isdigit()]
    for pid in pids:
        # Alternately, so that both see foreign processes.
        args = [program, "inspect", pid] + (["--json"] if int(pid) % 2 else [])
        result = run(args, **options)
        expect(result.returncode in statuses, f"{args}: exit status {result.returncode}, "
               f"stderr {result.stderr!r}")
        expect(result.stderr.count("\n") == (result.returncode == 1),
               f"{args}: stderr {result.stderr!r}")
        statuses[result.returncode] += 1
    return statuses


def nobody_may_run(program):
    try:
        return run([program, "--help"], preexec_fn=become_nobody).returncode == 0
    except (PermissionError, subprocess.SubprocessError):
        return False


def check_everybody(program):
    children = [subprocess.Popen(["sleep", "0.05"]) for _ in range(20)]
    started = time.monotonic()
    statuses = inspect_all(program)
    print(f"as user {os.getuid()}: {statuses}")
    if os.getuid() == 0 and not nobody_may_run(program):
        print(f"as user {NOBODY}: not possible, or the folder of {program} is closed to others")
    elif os.getuid() == 0:
        statuses = inspect_all(program, preexec_fn=become_nobody)
        expect(statuses[0] == 0, f"nobody may look at others: {statuses}")
        print(f"as user {NOBODY}: {statuses}")
        # A folder that nobody may read is no reason to fail for probe.
        result = run([program, "probe", "--json"], preexec_fn=become_nobody)
        expect_equal((0, ""), (result.returncode, result.stderr), "probe as nobody")
    for child in children:
        child.wait()
    print(f"{time.monotonic() - started:.1f} s")


def check_restored(program, restored, *shim):
    """Memory that is no longer wiped on fork is found, and none before that."""
    for provider in set(working_providers(program)) & {"native", "inprocess"}:
        prefix = [program, "run", "--provider", provider] if shim else []
        for word in ("keep", "replace"):
            with subprocess.Popen([*prefix, restored, word], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True,
                                  env=with_env(VGETRANDOM_PROVIDER=provider)) as process:
                text = f"{provider}, {word}"
                expect_equal("drawn\n", process.stdout.readline(), text)
                pid = str(process.pid)
                expect_equal(False, look(program, pid)[0]["not_wiped_on_fork"], f"{text}, before")
                process.stdin.write("\n")
                process.stdin.flush()
                expect_equal("done\n", process.stdout.readline(), text)
                lost = look(program, pid, status=3)[0]["not_wiped_on_fork"]
                said = run([program, "inspect", pid]).stdout.splitlines()[-1]
                expect(lost and said.startswith(f"{lost} is memory for states that is no longer "),
                       f"{text}: {lost!r}, {said!r}")
                process.stdin.close()
                expect_equal(0, process.wait(), f"{text}: exit status")


main({"self": check_self, "sharing": check_sharing, "ends": check_ends,
      "restored": check_restored, "vanishing": check_vanishing, "everybody": check_everybody})
