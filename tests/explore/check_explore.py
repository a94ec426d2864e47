# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What vgetrandom-explore must find, and must not.

usage: check_explore.py PART PROGRAM FILE MUTANT...

safe     our image: all sizes with one fault, the short paths with two
short    the same without the longest sizes, for another architecture
inprocess, native  the library: from every start with one fault, small reads with two
library_mutants    the library without a safety step is found bad
kernel   Linux's function has its hole, and no single fault shows it: FILE is a model of it,
         and this machine's is tried, too, if it has one
counts   merged or not, there are as many schedules
mutants  an image without a safety step is found bad, with as few faults as it takes
replay   a finding is found again by its schedule
usage    help, and what is refused
ports    the images of the other architectures; instead of IMAGE, a folder and their names
"""
import json
import os
import re
import shutil
import sys
import tempfile

from tool import expect, expect_equal, run, run_well

SIZES = "1,4,8,16,32,33,64,700"
# Name of the mutant: the faults that show it, and a size and a start at which they do.
SHORTEST = {"final-token": (["fork"], "4", "fresh"),
            "position-first": (["nested", "jump+1"], "4", "fresh")}


def explore(program, image, *options, status=0):
    """What --json says; the whole run must end with @status."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.json")
        result = run([program, *options, "--json", path, image])
        expect_equal(status, result.returncode, f"{options}: exit status; {result.stdout[-3000:]}")
        with open(path, encoding="utf-8") as file:
            return json.load(file), result.stdout


def check_safe(program, image, _):
    report, _ = explore(program, image, "--size", SIZES, "--faults", "1")
    expect(len(report["calls"]) > 50, "few sizes and starts were tried")
    for call in report["calls"]:
        expect(call["bad"] == 0 and call["known"] == 0, f"found: {call}")
        expect(call["schedules"] > call["boundaries"], f"few schedules: {call}")
    for size in ("4", "16", "32"):
        for start in ("fresh", "left-32"):
            explore(program, image, "--size", size, "--start", start, "--faults", "2")


def explore_safe(program, image, *options):
    report, _ = explore(program, image, *options)
    expect(report["calls"], f"nothing was explored: {options}")
    for call in report["calls"]:
        expect(call["bad"] == 0 and call["known"] == 0, f"{options}: found: {call}")
        expect(call["schedules"] > 50, f"{options}: few schedules: {call}")
    return report["calls"]


def check_short(program, image, _):
    explore_safe(program, image, "--size", "4,32,33", "--faults", "1")
    for size in ("8", "32"):
        explore_safe(program, image, "--size", size, "--start", "fresh", "--faults", "2")


# All but bursts, which make each run ten times as long.
SINGLE = "wipe,fork,nested,reseed,eintr,eagain,enosys,jump"
# Boundaries behind the last look, at which a fork gives both processes the same bytes.
TAIL_MAX = 40


def check_library(target, program, library):
    options = ["--target", target, "--skip-private"]
    calls = explore_safe(program, library, *options, "--size", "4,64,700", "--only", SINGLE,
                         "--faults", "1")
    starts = {call["start"] for call in calls}
    expect({"first", "empty", "fresh", "old", "stuck", "left-0"} <= starts, f"starts: {starts}")
    for call in calls:
        if call["size"] == 4 and call["start"] == "fresh":
            expect(0 < call["tail"] <= TAIL_MAX, f"the tail is long: {call}")
    for start in ("fresh", "left-32"):
        explore_safe(program, library, *options, "--size", "8", "--start", start, "--faults", "1")
    explore_safe(program, library, *options, "--size", "8", "--start", "fresh", "--only", SINGLE,
                 "--faults", "2")


def check_inprocess(program, library, _):
    check_library("library-inprocess", program, library)


def check_native(program, library, _):
    check_library("library-native", program, library)


# The provider and the faults that show it.
LIBRARY_SHORTEST = {"judge-asked": ("library-native", ["reseed"]),
                    "second-asked": ("library-inprocess", ["reseed"]),
                    "wiped-when-old": ("library-inprocess", ["reseed"]),
                    "slot-left-alone": ("library-inprocess", ["fork", "nested"])}


def check_library_mutants(program, _, mutants):
    expect_equal(len(LIBRARY_SHORTEST), len(mutants), "mutants")
    for library in mutants:
        name = os.path.basename(library).removeprefix("mutant-")
        target, faults = LIBRARY_SHORTEST[name]
        report, _ = explore(program, library, "--target", target, "--skip-private", "--size", "8",
                            "--start", "fresh", "--only", SINGLE, "--faults", "2", "--first",
                            status=1)
        found = report["calls"][0]["findings"][0]
        expect_equal(faults, [event["fault"] for event in found["events"]], f"{name}: faults")


def check_hole(program, *file):
    """A drop, then a call of a handler, and zeros are handed out; the schedule repeats it."""
    options = ["--target", "kernel", "--size", "32", "--start", "fresh"]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.json")
        for faults, status in (("1", 0), ("2", 1)):
            result = run([program, *options, "--faults", faults, "--only", "wipe,nested",
                          "--json", path, *file])
            expect_equal(status, result.returncode, f"{faults} faults: {result.stdout[-2000:]}")
        with open(path, encoding="utf-8") as out:
            call = json.load(out)["calls"][0]
    kinds = {(kind["faults"], kind["kind"]) for kind in call["kinds"]}
    expect(("wipe, nested", "returns zeros") in kinds, f"found: {kinds}")
    # Boundaries that come to the same are left out, and nothing is missed.
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.json")
        run([program, *options, "--faults", "2", "--only", "wipe,nested", "--skip-private",
             "--json", path, *file])
        with open(path, encoding="utf-8") as out:
            fewer = json.load(out)["calls"][0]
    expect_equal(kinds, {(kind["faults"], kind["kind"]) for kind in fewer["kinds"]},
                 "found with --skip-private")
    expect(fewer["schedules"] < call["schedules"] / 2, "--skip-private leaves few out")
    found = next(f for f in call["findings"] if f["kind"] == "returns zeros")
    again = run([program, *options, "--replay", found["schedule"], *file])
    expect_equal((1, "returns zeros\n"), (again.returncode, again.stdout), "replayed")


def check_kernel(program, model, _):
    check_hole(program, model)
    probe = run([program, "--target", "kernel", "--size", "4", "--faults", "0"])
    if probe.returncode == 0:
        check_hole(program)
    else:
        print(f"skipped: {probe.stderr.strip()}")


def check_counts(program, image, _):
    for faults, start in (("1", "empty"), ("1", "left-0"), ("2", "fresh")):
        options = ["--size", "4", "--start", start, "--faults", faults]
        merged, _ = explore(program, image, *options)
        singly, _ = explore(program, image, *options, "--no-merge")
        expect_equal(singly["calls"][0]["schedules"], merged["calls"][0]["schedules"],
                     f"{options}: schedules")
        expect(merged["calls"][0]["schedules"] > 100, f"{options}: few schedules")


def shortest(program, image):
    name = re.match(r"mutant-(.*)\.so", os.path.basename(image)).group(1)
    faults, size, start = SHORTEST[name]
    report, text = explore(program, image, "--size", size, "--start", start, "--faults", "2",
                           "--first", status=1)
    found = report["calls"][0]["findings"][0]
    expect_equal(faults, [event["fault"] for event in found["events"]], f"{name}: faults")
    return report["calls"][0], found, text


def check_mutants(program, _, mutants):
    expect_equal(len(SHORTEST), len(mutants), "mutants")
    for image in mutants:
        call, _, text = shortest(program, image)
        expect(call["bad"] == 1, f"{image}: {call}")
        expect("=>" in text and "--replay" in text, f"no disassembly: {text}")


def check_replay(program, image, mutants):
    for mutant in mutants:
        call, found, _ = shortest(program, mutant)
        options = ["--size", str(call["size"]), "--start", call["start"],
                   "--replay", found["schedule"]]
        again = run([program, *options, mutant])
        expect_equal((1, found["kind"] + "\n"), (again.returncode, again.stdout), "replayed")
        expect_equal("right\n", run_well([program, *options, image]).stdout, "of our image")


def check_usage(program, image, _):
    text = run_well([program, "--help"]).stdout
    expect(max(map(len, text.splitlines())) <= 90, "--help has long lines")
    expect(re.fullmatch(r"vgetrandom-explore \d+\.\d+\.\d+\n",
                        run_well([program, "--version"]).stdout), "--version")
    for args in ([], [image, "extra"], ["--foo", image], ["--size", "0", image],
                 ["--size", "4,x", image], ["--start", "left-3", image], ["--start", "x", image],
                 ["--faults", "9", image], ["--only", "wipe,x", image], ["--depth", "0", image],
                 ["--replay", "3:wipe", image], ["--replay", "wipe", image], ["--close", image],
                 ["--json", "no/folder/file", image], ["no-such-image"], [program],
                 ["--target", "x", image], ["--target", "library-native", image],
                 ["--target", "library-native", "--start", "left-3", image]):
        result = run([program, *args])
        expect(result.returncode == 2 and not result.stdout and
               result.stderr.count("\n") == 1, f"{args}: {result}")


def build(top, scratch, arch):
    """The image, by the module's Makefile; where it is, or None without a compiler."""
    compiler = f"{arch}-linux-gnu-gcc"
    if not shutil.which(compiler):
        return None
    run_well(["make", "-s", "-C", os.path.join(top, "kernel-side/module"), "image",
              f"OUT={scratch}", f"CC={compiler}", f"vgr-arch={arch}"])
    return os.path.join(scratch, "vgetrandom-vdso.so")


def mutant_tree(top, scratch, name):
    """What the image is made from, with a safety step less."""
    for folder in ("cmake", "kernel-side", "vdso"):
        shutil.copytree(os.path.join(top, folder), os.path.join(scratch, folder))
    run_well([sys.executable, "-B", os.path.join(top, "tests/explore/mutant"), name,
              os.path.join(top, "vdso"), os.path.join(scratch, "vdso")])
    return scratch


def check_port(program, top, arch, scratch):
    image = build(top, os.path.join(scratch, "right"), arch)
    if not image:
        print(f"skipped: {arch}: there is no {arch}-linux-gnu-gcc")
        return False
    report, _ = explore(program, image, "--size", "8,33", "--faults", "1")
    expect(len(report["calls"]) > 15, f"{arch}: few starts were tried")
    for call in report["calls"]:
        expect(call["bad"] == 0 and call["known"] == 0, f"{arch}, found: {call}")
        expect(call["schedules"] > call["boundaries"], f"{arch}, few schedules: {call}")
    explore(program, image, "--size", "8", "--start", "fresh", "--faults", "2")
    tree = mutant_tree(top, os.path.join(scratch, "tree"), "final-token")
    mutant = build(tree, os.path.join(scratch, "mutant"), arch)
    report, _ = explore(program, mutant, "--size", "8", "--start", "fresh", "--faults", "1",
                        "--first", status=1)
    expect_equal(["fork"], [e["fault"] for e in report["calls"][0]["findings"][0]["events"]],
                 f"{arch}, without the last look at the token")
    return True


def check_ports(program, top, arches):
    done = []
    for arch in arches:
        with tempfile.TemporaryDirectory() as scratch:
            done.append(check_port(program, top, arch, scratch))
    if not any(done):
        sys.exit(77)


def main():
    part, program, image, *mutants = sys.argv[1:]
    {"short": check_short, "inprocess": check_inprocess, "native": check_native,
     "library_mutants": check_library_mutants, "kernel": check_kernel,
     "safe": check_safe, "counts": check_counts, "mutants": check_mutants,
     "replay": check_replay, "usage": check_usage, "ports": check_ports}[part](program, image, mutants)


main()
