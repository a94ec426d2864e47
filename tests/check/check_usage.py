# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What vgetrandom-check says of itself and of usage errors.

usage: check_usage.py PROGRAM MAN-PAGE SAMPLE
"""
import os
import re
import subprocess
import sys
import tempfile

from tool import expect, expect_equal, fail, run, run_well

TARGET = ["--target", "vgetrandom"]


def check_help(program, man_page):
    text = run_well([program, "--help"]).stdout
    expect(max(map(len, text.splitlines())) <= 90, "--help has long lines")
    expect_equal(text, run_well([program, "step", "--help", "--nonsense"]).stdout, "step --help")
    with open(man_page, encoding="utf-8") as file:
        manual = file.read().replace("\\_", "_")
    for option in re.findall(r"^  (--[a-z]+)", text, re.MULTILINE):
        expect(f"*{option}*" in manual, f"the manual page does not name {option}")
    for heading in ("Targets", "Scenarios"):
        names = re.search(rf"^{heading}:\n((?:  .*\n)+)", text, re.MULTILINE).group(1)
        for name in re.findall(r"^  ([\w-]+) ", names, re.MULTILINE):
            expect(f"*{name}*" in manual, f"the manual page does not name {name}")
    # Names and what they are stand below each other.
    for row in re.findall(r"^  [a-z_].*$", text.split("Targets:")[1], re.MULTILINE):
        expect(row.startswith("  lib:") or re.fullmatch(r"  (?=.{20} )\S+ +(?<=^.{23})\S.*", row),
               f"--help: a column is out of line: {row!r}")
    expect(re.fullmatch(r"vgetrandom-check \d+\.\d+\.\d+\n",
                        run_well([program, "--version"]).stdout), "--version")
    with open("/dev/full", "w", encoding="ascii") as full:
        status = subprocess.run([program, "--help"], stdout=full, stderr=subprocess.PIPE,
                                check=False).returncode
    expect_equal(1, status, "--help to a full device")


def expect_refused(command, folder, must_say=""):
    """Exit status 2, one line on stderr, nothing on stdout, no new file."""
    before = sorted(os.listdir(folder))
    result = run(command, cwd=folder)
    lines = result.stderr.splitlines()
    if result.returncode != 2 or len(lines) != 1 or result.stdout:
        fail(f"{command}: expected exit status 2 and one line on stderr, actual "
             f"{result.returncode}, stderr {result.stderr!r}, stdout {result.stdout[:80]!r}")
    expect(lines[0].startswith("vgetrandom-check: ") and len(lines[0]) > 40 and
           must_say in lines[0],
           f"{command}: the line does not say what was wrong and what to do: {lines[0]!r}")
    expect_equal(before, sorted(os.listdir(folder)), f"{command}: files")


def check_options(program, folder):
    for args in ([], ["foo"], [""], ["--foo"], ["-h"], ["--version=1"], ["step"], ["scenarios"],
                 ["draw", "--bytes", "1"], ["step", *TARGET, "extra"], ["step", "--target", "foo"],
                 ["step", "--target", "module"], ["step", "--target"], ["step", *TARGET, "--json", "no/folder/file"]):
        expect_refused([program, *args], folder)
    # Of each option a value that is none.
    for option, values in {"fault": ["", "bogus", "fork,"], "size": ["0", "-1", "9999", "x"],
                           "start": ["bogus", "fresh,fresh,fresh,fresh"],
                           "chacha": ["bogus"], "limit": ["0", "x"], "seed": ["x"],
                           "jobs": ["0", "65"],
                           "minutes": ["0", "x", "99999"]}.items():
        for value in values:
            expect_refused([program, "step", *TARGET, f"--{option}", value], folder)
    expect_refused([program, "step", *TARGET, "--quick", "--full"], folder)
    expect_refused([program, "step", "--target", "libc", "--chacha", "generic"], folder)
    expect_refused([program, "draw", *TARGET], folder, "--bytes")
    expect_refused([program, "draw", *TARGET, "--bytes", "0"], folder)
    # Options of another command.
    step = (["--fault", "fork"], ["--size", "32"], ["--start", "fresh"], ["--chacha", "generic"],
            ["--pairs"], ["--limit", "9"], ["--seed", "9"], ["--jobs", "1"], ["--minutes", "1"], ["--quick"],
            ["--full"])
    for args in step:
        expect_refused([program, "scenarios", *TARGET, *args], folder, args[0])
        expect_refused([program, "draw", *TARGET, "--bytes", "1", *args], folder, args[0])
    for args in (["--only", "fork"], ["--require", "fork"], ["--bytes", "1"]):
        expect_refused([program, "step", *TARGET, *args], folder, args[0])
    expect_refused([program, "draw", *TARGET, "--bytes", "1", "--json", "file"], folder, "--json")
    for option in ("--only", "--require"):
        for value in ("bogus", "", "fork,bogus"):
            expect_refused([program, "scenarios", *TARGET, option, value], folder, "--help")
    expect_refused([program, "scenarios", *TARGET, "--only", "fork", "--require", "vfork"], folder)


def check_libraries(program, sample, folder):
    """Somebody's own library that is not there is a mistake, and not something to be skipped."""
    for target in ("lib", "lib:", "lib:x", f"lib:{sample}", f"lib:{sample}:",
                   "lib::sample_getrandom", "lib:./no-such.so:sample_getrandom",
                   f"lib:{sample}:no_such_function", f"lib:{sample}:sample_getrandom:bogus",
                   f"lib:{sample}:sample_getrandom:", f"lib:{sample}:sample_getrandom:rand_bytes:x",
                   "lib:/dev/null:sample_getrandom", "lib:libc.so.6:program_invocation_name",
                   "vdso:x", "libc:x"):
        for command in (["step"], ["scenarios"], ["draw", "--bytes", "1"]):
            expect_refused([program, *command, "--target", target], folder)
    result = run([program, "draw", "--bytes", "32", "--target", f"lib:{sample}:sample_getrandom"],
                 text=False)
    expect_equal((0, 32), (result.returncode, len(result.stdout)), "draw of a library")


def provider_of(program, target, **environment):
    """The provider that the report names, or None if there is none of the kind here."""
    env = {key: value for key, value in os.environ.items() if key != "VGETRANDOM_PROVIDER"}
    result = run([program, "scenarios", "--only", "fork", "--target", target],
                 env={**env, **environment})
    if result.returncode == 77 and not result.stdout.startswith(target):
        return None
    return re.match(rf"{target} \(vgetrandom\(\) of the library, provider (\w+)\)\n",
                    result.stdout).group(1)


def check_default(program):
    """The target vgetrandom is what a program gets: the first provider that works."""
    works = []
    for provider in ("module", "native", "inprocess", "syscall"):
        found = provider_of(program, f"vgetrandom-{provider}")
        if found is None:
            continue
        expect_equal(provider, found, f"provider of vgetrandom-{provider}")
        works.append(provider)
        expect_equal(provider, provider_of(program, "vgetrandom", VGETRANDOM_PROVIDER=provider),
                     f"provider of vgetrandom with VGETRANDOM_PROVIDER={provider}")
    expect("syscall" in works, f"the providers that work: {works}")
    expect_equal(works[0], provider_of(program, "vgetrandom"), "provider of vgetrandom")


def main(program, man_page, sample):
    check_help(program, man_page)
    with tempfile.TemporaryDirectory() as folder:
        check_options(program, folder)
        check_libraries(program, sample, folder)
    check_default(program)
    print("all usage errors were refused")


main(*sys.argv[1:])
