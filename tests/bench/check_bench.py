#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""vgetrandom-bench as its users meet it: what it says of bad input, and that it runs.

usage: check_bench.py errors|smoke|measures|configuration|cycles|brief PROGRAM
       check_bench.py list PROGRAM [VGETRANDOM-CHECK]
"""
import csv
import json
import os
import re
import sys
import tempfile

from program import expect_refused, fail, run

SIZES = [4, 1024]
ALWAYS_THERE = ["syscall", "libc", "libc-getentropy", "urandom-read", "vdso", "vgetrandom",
                "vgetrandom-inprocess", "vgetrandom-syscall", "memcpy", "memset"]


def expect_said(program, option, pattern):
    result = run(program, option)
    if result.returncode != 0 or result.stderr or not re.match(pattern, result.stdout):
        fail(f"{option}: exit status {result.returncode}, stderr {result.stderr!r}, "
             f"stdout {result.stdout[:80]!r}")


def check_errors(program):
    expect_said(program, "--help", "usage: vgetrandom-bench ")
    expect_said(program, "--version", r"vgetrandom-bench \d+\.\d+\.\d+\n\Z")
    with tempfile.TemporaryDirectory() as folder:
        victim = os.path.join(folder, "kept.json")
        with open(victim, "w", encoding="ascii") as file:
            file.write("kept")
        for args in (["--foo"], ["-x"], ["extra"], ["--json"],
                     ["--sources", "nosuch"], ["--sources", ""], ["--sizes", "0"],
                     ["--sizes", "4,x"],
                     ["--sizes", "4,4"], ["--sizes", "99999999999999999999"],
                     ["--repeats", "1"], ["--threads", "0"], ["--threads", "x"],
                     ["--chacha", "foo"], ["--quick=1"], ["--version=1"], ["--measure", "speed"],
                     ["--measure", "calls,calls"], ["--csv"], ["--csv", folder],
                     ["--sizes", "16777217"], ["helper"], ["helper", "nosuch", "0", "free"],
                     ["count"], ["compare"], ["compare", victim], ["compare", victim, victim],
                     ["compare", "--nosuch", victim, victim],
                     ["compare", "--tolerance", "x", victim, victim],
                     ["compare", victim, folder + "/none"],
                     ["--json", folder + "/no/such/folder.json"], ["--json", folder],
                     ["--json", victim + "/below-a-file"],
                     # The last mistake counts, whatever is right before it.
                     ["--json", victim, "--quick", "--sources", "nosuch"]):
            expect_refused(program, folder, *args)
        with open(victim, encoding="ascii") as file:
            if file.read() != "kept":
                fail("a refused run wrote to the --json file")
    print("every bad option was refused")


def run_to_json(program, folder, *args):
    path = os.path.join(folder, "out.json")
    result = run(program, *args, "--json", path)
    if result.returncode != 0 or result.stderr:
        fail(f"{args}: exit status {result.returncode}, stderr {result.stderr!r}")
    with open(path, encoding="ascii") as file:
        return json.load(file), result.stdout


def check_bounds(row, name, value):
    """A figure lies within its bounds, and is there however far they are apart."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    if low is None and value is None:
        return
    if not 0 < low <= high:
        fail(f"{row}: bounds of {name} that cannot be")
    if value is not None and not low * 0.999 <= value <= high * 1.001:
        fail(f"{row}: {name} lies outside of its bounds")
    if value is None:
        fail(f"{row}: {name} is missing, though it has bounds")


def check_result(row, threads):
    if not 0 < row["ns_min"] <= row["ns_per_call"]:
        fail(f"{row}: times that cannot be")
    check_bounds(row, "ns", row["ns_per_call"])
    check_bounds(row, "ratio", row["ratio"])
    check_bounds(row, "scaling", row["scaling"])
    if threads == 1 and row["scaling"] is not None:
        fail(f"{row}: one thread has nothing to scale")


def check_best(rows):
    """Exactly one is marked, and it is the fastest general-purpose source."""
    best = [row for row in rows if row["best"]]
    fastest = min((row for row in rows if row["kind"] == "general"),
                  key=lambda row: row["ns_per_call"])
    if [fastest] != best:
        fail(f"marked as best: {best}, but the fastest is {fastest}")


def check_smoke(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.csv")
        out, table = run_to_json(program, folder, "--repeats", "10", "--quick", "--full-table", "--sizes",
                                 ",".join(map(str, SIZES)), "--threads", "1,2", "--csv", path)
        with open(path, encoding="ascii", newline="") as file:
            lines = list(csv.DictReader(file))
        if sorted(os.listdir(folder)) != ["out.csv", "out.json"]:
            fail(f"left files behind: {os.listdir(folder)}")
    # A line too long has a field without a name, one too short a name without a field.
    if len(lines) != len(out["results"]) or \
            any(None in line or None in line.values() for line in lines):
        fail(f"{len(lines)} lines of CSV for {len(out['results'])} results")
    for key in ("cpu", "kernel", "compiler", "flags", "commit"):
        if not out["host"].get(key):
            fail(f"the host's {key} is missing")
    if not re.fullmatch(r"Linux [0-9.]+", out["host"]["kernel"]):
        fail(f"not only the upstream version of the kernel: {out['host']['kernel']}")
    if out["command"] != "vgetrandom-bench --repeats 10 --quick --full-table --sizes " \
            "4,1024 --threads 1,2":
        fail(f"the command was another one, or a file's name is in it: {out['command']}")
    missing = {row["source"] for row in out["missing"]}
    for row in out["missing"]:
        if len(row["reason"]) < 10 or row["reason"] not in table:
            fail(f"{row}: no reason, or not in the table")
    for size in SIZES:
        for threads in (1, 2):
            rows = [r for r in out["results"] if (r["size"], r["threads"]) == (size, threads)]
            names = [row["source"] for row in rows]
            for source in ALWAYS_THERE:
                if source in missing or names.count(source) != 1:
                    fail(f"{source}, {size} bytes, {threads} threads: "
                         f"{names.count(source)} results")
            for row in rows:
                check_result(row, threads)
            check_best(rows)
    if "noise" not in table or out["noise"]["drift_percent"] is None:
        fail("nothing is said about noise")
    print(f"{len(out['results'])} results, missing: {sorted(missing)}")


def check_measures(program):
    """The other measures: what must be smaller than what on any machine."""
    names = "latency,first,fork,memory,drop"
    with tempfile.TemporaryDirectory() as folder:
        out, _ = run_to_json(program, folder, "--quick", "--measure", names, "--sources",
                             "syscall,vgetrandom,vdso,memset")
    values = {(r["measure"], r["source"], r["size"], r["name"]): r["value"]
              for r in out["figures"]}
    not_measured = {(r["measure"], r["source"]) for r in out["not_measured"]}

    def get(measure, source, name, size=32):
        if (measure, source) in not_measured:
            return None
        value = values.get((measure, source, size, name))
        if value is None:
            fail(f"there is no {name} of {measure} for {source}: {sorted(values)}")
        return value

    order = ["p10", "p25", "p50", "p75", "p90", "p99", "p99.9", "max"]
    for source in ("syscall", "vgetrandom", "memset"):
        ordered = [get("latency", source, name) for name in order]
        if ordered != sorted(ordered) or ordered[-1] <= 0:
            fail(f"latency of {source} is not in order: {ordered}")
    if not 0 < out["timer"]["ns_subtracted"] < 10000:
        fail(f"the clock's own cost cannot be: {out['timer']}")
    if not get("first", "vgetrandom", "process") > get("first", "vgetrandom", "second"):
        fail("the first call of a process costs no more than a second one")
    if not get("fork", "syscall", "fork") > get("latency", "syscall", "p50"):
        fail("a fork costs less than a system call")
    memory = get("memory", "vgetrandom", "thread")
    if get("memory", "syscall", "thread") > 64 or not 256 <= memory <= 4096:
        fail(f"a thread's state cannot be {memory} bytes")
    for row in out["not_measured"]:
        if row["measure"] != "drop" or "keeps nothing" not in row["reason"]:
            fail(f"{row}: nothing but the drop of what is not droppable may fail")
    dropped = get("drop", "vgetrandom", "call")
    if dropped is not None and dropped <= get("latency", "vgetrandom", "p50"):
        fail(f"a call after a page drop takes {dropped} ns: no page was dropped")
    print(f"{len(values)} figures; not measured: {sorted(not_measured)}")


def check_brief(program):
    """The quick answer fits a screen of 40 lines by 100 columns, whatever is asked for."""
    sizes = [4 << i for i in range(18)]
    result = run(program, "--quick", "--repeats", "10", "--sizes", ",".join(map(str, sizes)),
                 "--sources", "syscall,libc,vgetrandom,vgetrandom-module,urandom-read")
    lines = result.stdout.splitlines()
    if result.returncode != 0 or len(lines) > 40 or max(map(len, lines)) > 100:
        fail(f"{len(lines)} lines, {max(map(len, lines))} columns, {result}")
    if not re.search(r"^16 bytes: [\d.]+ ns \(\w+.*\), [\d.]+ times as fast as the system call",
                     result.stdout, re.MULTILINE):
        fail(f"no sentence: {result.stdout}")
    # A fastest other that survives no fork is named; so it is if it is the only one.
    result = run(program, "--quick", "--repeats", "10", "--sizes", "16",
                 "--sources", "syscall,vgetrandom,nss")
    if " nss " in result.stdout and "missing" not in result.stdout and \
            "Not safe to use after a fork: nss; see --list" not in result.stdout:
        fail(f"nss repeats bytes in a child, and nobody says so: {result.stdout}")
    print(f"{len(lines)} lines of at most {max(map(len, lines))} columns")


# Of --list and of vgetrandom-check what each calls the same.
IN_BOTH = {"libc": "libc", "libc-getentropy": "libc-getentropy", "vdso": "vdso",
           "kernel-vdso": "kernel-vdso", "vgetrandom": "vgetrandom",
           "vgetrandom-inprocess": "vgetrandom-inprocess", "openssl-rand": "openssl",
           "libsodium-system": "libsodium", "libbsd": "libbsd",
           "boringssl": "lib:/usr/lib/x86_64-linux-gnu/android/libcrypto.so.0:RAND_bytes:rand_bytes"}


def check_list(program, check=None):
    """What survives a fork is what vgetrandom-check says of it; what is missing has a reason."""
    text = run(program, "--list").stdout
    rows = {name: (fork, what) for name, fork, what in
            re.findall(r"^([a-z][\w.-]+) +(yes|NO|fails|ends|hangs|unsafe|-|\?) +(\S.*)$", text,
                       re.MULTILINE)}
    for source in ALWAYS_THERE:
        if source not in rows:
            fail(f"--list lacks {source}: {text}")
    expected = {"syscall": "yes", "vgetrandom": "yes", "vgetrandom-inprocess": "yes",
                "memset": "-", "nettle": "NO"}
    for source, fork in expected.items():
        if rows[source][0] != fork and "missing: " not in rows[source][1]:
            fail(f"{source} after a fork: {rows[source]}, expected {fork}")
    agreed = []
    for source, target in IN_BOTH.items() if check else ():
        if rows[source][0] == "-":
            if not re.search(r"missing: .{10}", rows[source][1]):
                fail(f"{source} is missing without a reason: {rows[source]}")
            continue
        status = run(check, "scenarios", "--only", "fork", "--target", target).returncode
        if (status == 0) != (rows[source][0] == "yes") or status not in (0, 1):
            fail(f"{source}: --list says {rows[source][0]}, vgetrandom-check ends with {status}")
        agreed.append(source)
    print(f"{len(rows)} sources; vgetrandom-check agrees on: {', '.join(agreed)}")


def check_cycles(program):
    """Figures of each size, or the reason why there are none, once."""
    with tempfile.TemporaryDirectory() as folder:
        out, table = run_to_json(program, folder, "--quick", "--measure", "cycles", "--sizes",
                                 "16,1024", "--sources", "syscall,vgetrandom")
    if out["not_measured"]:
        reasons = [row["reason"] for row in out["not_measured"] if row["measure"] == "cycles"]
        if out["figures"] or len(reasons) != 1 or reasons[0] not in table:
            fail(f"no cycles, but not one reason: {out['not_measured']}, {out['figures']}")
        print(reasons[0])
        return
    values = {(r["source"], r["size"], r["name"]): r["value"] for r in out["figures"]}
    for source in ("syscall", "vgetrandom"):
        for size in (16, 1024):
            call, byte = values[source, size, "call"], values[source, size, "byte"]
            if not 1 < call < 1e7 or abs(call / size - byte) > 0.01 * byte + 0.001:
                fail(f"{source}, {size} bytes: {call} cycles a call, {byte} a byte")
    print(values)


CONFIGURED = "vdso,vgetrandom,vgetrandom-native,vgetrandom-inprocess,vgetrandom-syscall," \
    "libsodium,libsodium-system"
# Levels are further apart than this, and so is the kernel's function from ours.
APART = 2.5
ATTEMPTS = 20


def expect_ran(row):
    if row["chacha"] and not row["ran"].endswith(" " + row["chacha"]):
        fail(f"{row['source']} {row['chacha']} ran '{row['ran']}'")
    provider = row["source"].removeprefix("vgetrandom-")
    if provider != row["source"] and row["ran"].split()[0] != provider:
        fail(f"{row['source']} ran '{row['ran']}'")


def apart(out):
    """Of each series that differs: its fastest call in a loop, and its fast single ones."""
    found = {}
    for row in out["results"]:
        single = next(r["value"] for r in out["figures"] if r["name"] == "p10" and
                      all(r[key] == row[key] for key in ("source", "chacha", "size")))
        if max(row["ns_min"], single) >= APART * min(row["ns_min"], single):
            found[row["source"], row["chacha"]] = (row["ns_min"], single)
    return found


def check_configuration(program):
    """
    All measures of a source run one provider and level, and take as long as each other; where they
    do not, something may have disturbed one of them, but not each time.
    """
    help_text = run(program, "--help").stdout
    best = re.search(r"machine's best, (\w+)\)", help_text).group(1)
    # The order in which --all has them: the last one's level is not to be left to the next.
    levels = ",".join(["generic"] + [best] * (best != "generic"))
    different = None
    for _ in range(ATTEMPTS):
        with tempfile.TemporaryDirectory() as folder:
            out, _ = run_to_json(program, folder, "--quick", "--measure", "calls,latency",
                                 "--sizes", "1024", "--chacha", levels, "--sources", CONFIGURED)
        if out["not_measured"]:
            fail(f"not measured: {out['not_measured']}")
        for row in out["results"]:
            expect_ran(row)
        found = apart(out)
        different = {series: ns for series, ns in found.items()
                     if different is None or series in different}
        if not different:
            break
    if different:
        fail(f"ns of a call in a loop, and of a single call, {ATTEMPTS} times: {different}")
    print(f"{len(out['results'])} series ran one configuration each")


def main():
    checks = {"errors": check_errors, "smoke": check_smoke, "measures": check_measures,
              "configuration": check_configuration, "list": check_list, "cycles": check_cycles,
              "brief": check_brief}
    if len(sys.argv) < 3 or sys.argv[1] not in checks:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    checks[sys.argv[1]](*sys.argv[2:])


main()
