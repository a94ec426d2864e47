# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
Called by tests/foreign/run: gets the suites, runs each on ours and on the system's, prints the table.
"""
import argparse
import hashlib
import inspect
import os
import re
import sys
import tempfile

import fetch
import suites
from fetch import Unavailable
from kit import TOP, Kit

USAGE = """usage: tests/foreign/run [OPTION]...
Runs other people's tests of random numbers, as Debian ships them, on ours and on the system's.

  --suite TEXT     only suites with TEXT in their name; may be given again
  --provider NAME  what `vgetrandom run` is to use (default: auto)
  --full           also the tests that take long
  --write          write the table into tests/foreign/README.md, too
  --list           the names of the suites, then nothing
  --help           this text

A test that fails on ours only is repeated on both, up to twice; the table says how often.

Exit status: 0; 1 if a test failed on ours each time that passes on the system's, or a suite did not
notice zeros; 2 for a usage error.
"""

README = os.path.join(TOP, "tests/foreign/README.md")
BEGIN = "<!-- written by tests/foreign/run --write: begin -->\n"
END = "<!-- written by tests/foreign/run --write: end -->\n"
# How often a test may fail on ours only.
TIMES = 3

HEAD = ["suite", "of Debian", "ours as", "on ours", "on the system's", "zeros", "draws"]


class Parser(argparse.ArgumentParser):
    def error(self, message):
        wrong(message)


def wrong(message):
    print(f"tests/foreign/run: {message}; see --help", file=sys.stderr)
    sys.exit(2)


def parse(arguments):
    parser = Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("--suite", action="append")
    parser.add_argument("--provider", default="auto")
    parser.add_argument("--cache", required=True)
    for name in ("full", "write", "list", "help", "parse-only"):
        parser.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args(arguments)
    options.chosen = [suite for suite in suites.SUITES
                      if not options.suite or any(text in suite.name for text in options.suite)]
    if not options.chosen:
        wrong(f"no suite has '{options.suite[0]}' in its name")
    return options


def recipe(suite):
    """The text of a build, and the values of the lists that it names."""
    text = inspect.getsource(suite.build)
    values = [repr(getattr(suites, name)) for name in re.findall(r"\b[A-Z_]{3,}\b", text)
              if hasattr(suites, name)]
    return hashlib.sha256("\n".join([text, *values]).encode()).hexdigest()[:8]


def built_for(suite, folder, kit):
    """A folder for what is built, in the cache; by another recipe it is another."""
    version = recipe(suite)
    built = os.path.join(kit.cache, f"built-{suite.build.__name__}-{version}" +
                         (f"-{os.path.basename(folder)}" if folder else ""))
    if not os.path.isdir(built):
        os.makedirs(kit.cache, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kit.cache, ignore_cleanup_errors=True) as work:
            into = os.path.join(work, "built")
            os.mkdir(into)
            suite.build(folder, into, kit)
            os.rename(into, built)
    return built


def counts(outcome):
    words = [f"{list(outcome.values()).count(kind)} {kind}" for kind in
             ("passed", "failed", "skipped") if kind in outcome.values()]
    return ", ".join(words) or "none"


def lost(ours, theirs):
    """What passes on the system's and not on ours; or is only heard of when it fails there."""
    return [name for name in {**theirs, **ours}
            if (theirs.get(name) == "passed" and ours.get(name) != "passed") or
            (name not in theirs and ours[name] == "failed")]


def add(outcome, outcomes):
    """A test has passed if it passed once."""
    for name, kind in outcome.items():
        if outcomes.get(name) != "passed":
            outcomes[name] = kind


def run_test(suite, test, kit):
    """
    The outcomes on ours and on the system's, and how often both were repeated: some tests depend on
    how much is done in how long. What fails on ours each time and not on the system's is lost.
    """
    ours, theirs, outputs = {}, {}, []
    for repeats in range(TIMES):
        # One after the other, so that they meet the same machine.
        outcome, out = kit.run(suite, test, "ours")
        add(outcome, ours)
        if "failed" in outcome.values():
            outputs.append(f"--- {suite.name}, {test.name}, on ours ---\n{out[-4000:]}")
        add(kit.run(suite, test, "theirs")[0], theirs)
        names = lost(ours, theirs)
        if not names:
            break
        print(f"{suite.name}, {test.name}: fails on ours only, {repeats + 1} of {TIMES} times: "
              f"{', '.join(names)}", file=sys.stderr, flush=True)
    if names:
        print("\n".join(outputs))
    return ours, theirs, repeats


def control(suite, tests, kit):
    """Whether zeros are noticed. A suite whose libraries mix in more has no control."""
    if not suite.control:
        return "-", []
    test = next(test for test in tests if test.name == suite.control)
    if "failed" in kit.run(suite, test, "zeros")[0].values():
        return "noticed", []
    return "not noticed", [f"{suite.name}: {test.name} passes on zeros: is it ours that it draws?"]


def run_suite(suite, kit, full):
    """A row of the table and what is wrong."""
    folder, version = fetch.fetch(suite.package, kit.cache) if suite.package else (None, "")
    built = built_for(suite, folder, kit)
    tests = suite.tests(folder, built, kit)
    ours, theirs, repeats = {}, {}, 0
    for test in [test for test in tests if full or not test.full]:
        on_ours, on_theirs, more = run_test(suite, test, kit)
        ours.update(on_ours)
        theirs.update(on_theirs)
        repeats += more
    faults = [f"{suite.name}: {name}: {theirs.get(name, 'not heard of')} on the system's, on ours, "
              f"{TIMES} times: {ours.get(name, 'not run')}" for name in lost(ours, theirs)]
    if "passed" not in ours.values():
        faults.append(f"{suite.name}: no test passes on ours")
    noticed, more = control(suite, tests, kit)
    faults += more
    draws = kit.take_draws()
    if suite.way == "shim" and bool(draws) != suite.draws:
        faults.append(f"{suite.name}: expected {'some' if suite.draws else 'no'} draws of the "
                      f"shim, actual {draws}")
    package = f"{suite.package.name} {version}" if suite.package else fetch.python_tests()
    on_ours = counts(ours) + (f"; {repeats} repeated" if repeats else "")
    return [suite.name, package, suite.way, on_ours, counts(theirs), noticed,
            str(draws) if suite.way == "shim" else "-"], faults


def table(rows):
    lines = [HEAD, ["---"] * len(HEAD), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def write_readme(text):
    with open(README, encoding="utf-8") as file:
        before, _, rest = file.read().partition(BEGIN)
    with open(README + ".new", "w", encoding="utf-8") as file:
        file.write(before + BEGIN + text + END + rest.partition(END)[2])
    os.rename(README + ".new", README)


def run_all(options):
    rows, faults = [], []
    build = os.path.join(TOP, "build")
    with tempfile.TemporaryDirectory(dir=build, ignore_cleanup_errors=True) as work:
        kit = Kit(options.cache, work, options.provider)
        for suite in options.chosen:
            print(f"{suite.name} ...", file=sys.stderr, flush=True)
            try:
                row, wrong_here = run_suite(suite, kit, options.full)
                faults += wrong_here
            except (Unavailable, FileNotFoundError) as error:
                reason = " ".join(str(error).split())
                print(f"skipped: {suite.name}: {reason}")
                row = [suite.name, suite.package.name if suite.package else "", suite.way,
                       f"missing: {reason}", "", "", ""]
            rows.append(row)
    print("\n" + table(rows), end="")
    for fault in faults:
        print(f"FAIL: {fault}")
    if options.write:
        write_readme(table(rows))
    return 1 if faults else 77 if all(row[3].startswith("missing") for row in rows) else 0


def main():
    options = parse(sys.argv[1:])
    if options.help:
        print(USAGE, end="")
    elif options.list:
        print("\n".join(suite.name for suite in suites.SUITES))
    elif not options.parse_only:
        return run_all(options)
    return 0


sys.exit(main())
