# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What the vgetrandom command says of itself and of usage errors.

usage: check_usage.py help|errors|completion|bench PROGRAM [FILE]
"""
import os
import re
import shutil
import subprocess
import tempfile

from tool import VERBS, expect, expect_equal, fail, main, run, run_well, with_env


def check_help(program):
    text = run_well([program, "--help"]).stdout
    for verb in VERBS:
        expect(re.search(rf"^  {verb} ", text, re.MULTILINE), f"--help does not name {verb}")
        result = run_well([program, verb, "--help"])
        expect(result.stdout.startswith(f"usage: vgetrandom {verb}"),
               f"{verb} --help begins with {result.stdout[:40]!r}")
        expect("Exit status" in result.stdout, f"{verb} --help does not tell the exit status")
        expect(max(map(len, result.stdout.splitlines())) <= 90, f"{verb} --help has long lines")
        # Whatever else there is, help is help.
        expect_equal(result.stdout, run_well([program, verb, "--help", "--nonsense"]).stdout,
                     f"{verb} --help --nonsense")
    expect(re.fullmatch(r"vgetrandom \d+\.\d+\.\d+\n", run_well([program, "--version"]).stdout),
           "--version")
    with open("/dev/full", "w", encoding="ascii") as full:
        status = subprocess.run([program, "--help"], stdout=full, stderr=subprocess.PIPE,
                                check=False).returncode
    expect_equal(1, status, "--help to a full device")


def expect_refused(command, folder, **options):
    """Exit status 2, one line on stderr, nothing on stdout, no new file."""
    before = sorted(os.listdir(folder))
    result = run(command, cwd=folder, **options)
    lines = result.stderr.splitlines()
    if result.returncode != 2 or len(lines) != 1 or result.stdout:
        fail(f"{command}: expected exit status 2 and one line on stderr, actual "
             f"{result.returncode}, stderr {result.stderr!r}, stdout {result.stdout[:80]!r}")
    verb = f" {command[1]}" if len(command) > 1 and command[1] in VERBS else ""
    expect(lines[0].startswith(f"vgetrandom{verb}: ") and len(lines[0]) > 30,
           f"{command}: the line does not say what was wrong and what to do: {lines[0]!r}")
    expect_equal(before, sorted(os.listdir(folder)), f"{command}: files")


def check_errors(program):
    with tempfile.TemporaryDirectory() as folder:
        for args in ([], ["--foo"], ["-h"], ["foo"], [""], ["Probe"], ["--version=1"]):
            expect_refused([program, *args], folder)
        for verb in VERBS:
            for args in (["--foo"], ["-x"], ["--foo=1"], ["--help=1"], ["--"]):
                if verb in ("probe", "fill", "bench") and args == ["--"]:
                    continue
                expect_refused([program, verb, *args], folder)
        for args in (["extra"], ["--json=1"], ["--json", "extra"]):
            expect_refused([program, "probe", *args], folder)
        for args in (["x"], ["0"], ["-1"], ["1", "2"], ["--self", "1"], ["1x"], [""],
                     ["99999999999999999999"], ["4294967297"], ["--self", "--watch=0"],
                     ["--self", "--watch=x"], ["--self", "--looks", "0"], ["--self", "--looks"],
                     ["--self", "--mapping", "xyz"], ["--self", "--mapping", "0"],
                     ["--self", "--mapping", "-1"], ["--self", "--json=1"]):
            expect_refused([program, "inspect", *args], folder)
        for args in (["extra"], ["--provider", "foo"], ["--provider", ""], ["--provider"],
                     ["--bytes", ""], ["--bytes", "K"], ["--bytes", "-1"], ["--bytes", "1k"],
                     ["--bytes", "1KB"], ["--bytes", "9999999999999999999999"],
                     ["--bytes", "99999999T"], ["--bytes", "0x10"], ["--progress=1"], ["--jobs", "0"],
                     ["--jobs", "257"], ["--jobs", "x"], ["--jobs"], ["--output"], ["--force=1"],
                     # The last mistake counts, whatever is right before it.
                     ["--bytes", "16", "--nonsense"]):
            expect_refused([program, "fill", *args], folder)
        for args in (["--provider", "foo", "true"], ["--stats"], ["--stats=", "true"],
                     ["--allow-without"], ["--allow-without=1", "true"],
                     ["--nonsense", "true"]):
            expect_refused([program, "run", *args], folder)
    print("all usage errors were refused")


def check_completion(program, script):
    """The completion offers exactly what --help lists."""
    def complete(*words):
        quoted = " ".join(f"'{word}'" for word in words)
        text = (f". {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
                "_vgetrandom; printf '%s\\n' \"${COMPREPLY[@]}\"")
        return set(run_well(["bash", "--norc", "-c", text]).stdout.split())

    expect_equal(set(VERBS) | {"--help", "--version"}, complete("vgetrandom", ""), "verbs")
    expect_equal({"fill"}, complete("vgetrandom", "f"), "verbs that begin with f")
    for verb in VERBS:
        listed = set(re.findall(r"^  (--[a-z-]+)", run_well([program, verb, "--help"]).stdout,
                                re.MULTILINE))
        if verb == "inspect":
            listed.add("--self")
        expect_equal(listed, complete("vgetrandom", verb, "--"), f"options of {verb}")
    listed = run_well([program, "probe", "--list"]).stdout
    providers = {line.split()[0] for line in listed.splitlines()}
    expect({"auto", "syscall"} <= providers, f"probe --list: {listed!r}")
    expect_equal(providers, complete(program, "fill", "--provider", ""), "providers")
    expect_equal({"inprocess"}, complete(program, "run", "--provider", "i"), "providers, i")
    expect(str(os.getpid()) in complete("vgetrandom", "inspect", ""), "process IDs")


def check_bench(program):
    """It runs vgetrandom-bench --quick: the one beside it, else that of PATH, else it says so."""
    with tempfile.TemporaryDirectory() as folder:
        beside, elsewhere = os.path.join(folder, "beside"), os.path.join(folder, "elsewhere")
        for place in (beside, elsewhere):
            os.mkdir(place)
            path = os.path.join(place, "vgetrandom-bench")
            with open(path, "w", encoding="ascii") as file:
                file.write(f'#!/bin/sh\necho "{os.path.basename(place)} $*"\nexit 7\n')
            os.chmod(path, 0o755)
        shutil.copy(program, beside)
        copy = os.path.join(beside, "vgetrandom")
        env = with_env(PATH=f"{elsewhere}:/usr/bin:/bin")
        for found in ("beside", "elsewhere"):
            result = run([copy, "bench"], env=env)
            expect_equal((7, f"{found} --quick\n"), (result.returncode, result.stdout), "bench")
            os.remove(os.path.join(folder, found, "vgetrandom-bench"))
        result = run([copy, "bench"], env=with_env(PATH=elsewhere))
        expect(result.returncode == 1 and "not installed" in result.stderr and
               result.stderr.count("\n") == 1, f"bench without vgetrandom-bench: {result}")


main({"help": check_help, "bench": check_bench, "errors": check_errors, "completion": check_completion})
