#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
The figures in README.md and bench/README.md are those of the committed results, read here without
the script that wrote them; and that script would write nothing else.

usage: check_results.py TOP
"""
import importlib.util
import json
import os
import re
import sys

PICTURES = ["summary", "ns-by-size", "throughput-by-size", "scaling", "latency"]
BEST = "avx512"
bad = []


def expect(good, text):
    if not good:
        bad.append(text)


def read(top, *names):
    with open(os.path.join(top, *names), encoding="utf-8") as file:
        return file.read()


def tables(section):
    """Each table as head and rows of cells."""
    found = re.findall(r"(?:^\|.*\|\n?)+", section, re.MULTILINE)
    for text in found:
        lines = [[cell.strip() for cell in line.strip("|").split("|")]
                 for line in text.strip().split("\n")]
        yield lines[0], lines[2:]


def numbers(cell):
    """The numbers of a cell such as **1 234 (5.6x)**, and how exact each is."""
    for text in re.findall(r"\d[\d ]*(?:\.\d+)?", cell):
        digits = text.replace(" ", "")
        yield float(digits), 0.5 * 10 ** -len(digits.partition(".")[2])


def check_cell(name, cell, values, is_wide=False):
    shown = list(numbers(cell))
    if cell == "-":
        expect(not any(values), f"{name}: README shows nothing, the results have {values}")
        return
    values = [value for value in values if value is not None]
    expect(len(shown) == len(values), f"{name}: README shows {cell}, the results have {values}")
    expect(("~" in cell) == is_wide, f"{name}: README shows {cell}, the interval is "
           f"{'wider' if is_wide else 'narrower'} than 20%")
    for (number, exact), value in zip(shown, values):
        expect(abs(number - value) <= exact * 1.001,
               f"{name}: README shows {number}, the results have {value}")


def row_of(run, source, size):
    return next((r for r in run["results"] if (r["source"], r["size"], r["threads"]) ==
                 (source, size, 1) and r["chacha"] in (None, BEST)), None)


def check_result(name, cell, run, source, size):
    """Nanoseconds, and their ratio to those of the system call."""
    row = row_of(run, source, size)
    if not row or source == "syscall":
        check_cell(name, cell, [row and row["ns_per_call"]])
        return
    ratio = row["ratio"] or row_of(run, "syscall", size)["ns_per_call"] / row["ns_per_call"]
    check_cell(name, cell, [row["ns_per_call"], ratio],
               (row["ratio_high"] - row["ratio_low"]) / ratio > 0.2)


def cost(run, source, column):
    names = {"first in process": ("first", "process"), "first in thread": ("first", "thread"),
             "fork": ("fork", "fork"), "first in child": ("fork", "child's call"),
             "after a page drop": ("drop", "call"), "bytes per thread": ("memory", "thread")}
    wanted = names.get(column, ("latency", column))
    return next((r["value"] for r in run["figures"] if (r["measure"], r["name"]) == wanted and
                 r["source"] == source and r["size"] == 32 and r["chacha"] in (None, BEST)), None)


def check_tables(section, run, programs):
    kinds = set()
    for head, rows in tables(section):
        for row in rows:
            for column, cell in zip(head[1:], row[1:]):
                name = f"{row[0]}, {column}"
                if head[0] == "bytes":
                    check_result(name, cell, run, column, int(row[0].replace(" ", "")))
                elif head[0] == "source" and column.endswith(" bytes"):
                    size = int(column.removesuffix(" bytes").replace(" ", ""))
                    check_result(name, cell, run, row[0], size)
                elif head[0] == "source":
                    check_cell(name, cell, [cost(run, row[0], column)])
                elif head[0] == "filled":
                    fill = next(f for f in programs["fills"]
                                if f"{f['gib']} GiB to {f['what']}" == row[0])
                    jobs = {"one job": "one", "two jobs": "two"}.get(column)
                    check_cell(name, cell,
                               [fill["gib"] / fill[jobs]["median_s"] if jobs else fill["ratio"]])
                else:
                    program = next(p for p in programs["programs"] if p["what"] == row[0])
                    value = program["ratio"] if column == "speedup" else program[column]["median_s"]
                    check_cell(name, cell, [value])
        kinds.add((head[0], head[-1]))
    expect(len(kinds) == 5, f"bench/README.md has other tables than five: {sorted(kinds)}")


def check_short(section, run):
    """The one table of README.md."""
    # Without the row vgetrandom-inprocess the results are older than the default's row.
    is_new = any(row["source"] == "vgetrandom-inprocess" for row in run["results"])
    sources = {"getrandom(2)": "syscall", "glibc 2.41": "glibc-2.41",
               "libvgetrandom": "vgetrandom" if is_new else "vgetrandom-native",
               "OpenSSL RAND_bytes()": "openssl-rand"}
    found = list(tables(section))
    expect(len(found) == 1, f"README.md has other tables of figures than one: {found}")
    for head, rows in found:
        expect(set(head[1:]) == set(sources), f"README.md shows other sources: {head}")
        expect(len(rows) == 4, f"README.md has other sizes than four: {rows}")
        for row in rows:
            size = int(row[0].removesuffix(" bytes").replace(" ", ""))
            for column, cell in zip(head[1:], row[1:]):
                check_result(f"README.md, {row[0]}, {column}", cell, run,
                             sources.get(column), size)
    expect(f"commit {run['host']['commit']}." in section,
           f"README.md does not name the commit of the results, {run['host']['commit']}")


def check_pictures(top, run):
    for name in PICTURES:
        for suffix in ("svg", "png"):
            path = os.path.join(top, "bench/results", f"{name}.{suffix}")
            expect(os.path.exists(path) and os.path.getsize(path) > 5000, f"there is no {path}")
        text = read(top, "bench/results", f"{name}.svg")
        drawn_from = f"{run['host']['date'][:10]}, commit {run['host']['commit']}"
        expect(drawn_from in text, f"{name}.svg is not drawn from result.json ({drawn_from})")


def check_script(top, found):
    path = os.path.join(top, "bench/publish/readme.py")
    spec = importlib.util.spec_from_file_location("readme", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, text in module.sections(os.path.join(top, "bench/results")).items():
        expect(found.get(name) == text + "\n",
               f"the figures in {name} are not what bench/renew-results --only-draw writes")


def check_releases(top):
    """Of a kernel's release only what is Linux's own is published."""
    for name in ("README.md", "bench/README.md", "bench/results/result.json", "tests/randomness/RESULTS.md"):
        found = re.findall(r"Linux [0-9.]*[0-9][-+~]\S*", read(top, name))
        expect(not found, f"{name} names more than the upstream version of Linux: {found}")


def marked(top, name):
    """What stands between the marks."""
    parts = re.split(r"<!-- written by bench/renew-results: (?:begin|end) -->\n", read(top, name))
    if len(parts) != 3:
        print(f"{name} lacks the two marks of bench/renew-results")
        sys.exit(1)
    return parts[1]


def main():
    top = sys.argv[1]
    found = {name: marked(top, name) for name in ("README.md", "bench/README.md")}
    run = json.loads(read(top, "bench/results/result.json"))
    check_tables(found["bench/README.md"], run,
                 json.loads(read(top, "bench/results/programs.json")))
    check_short(found["README.md"], run)
    check_pictures(top, run)
    check_script(top, found)
    check_releases(top)
    expect(any(row["chacha"] == BEST for row in run["results"]),
           f"the results are not from a machine with {BEST}")
    print("\n".join(bad) or "the figures in README.md and bench/README.md are those of bench/results")
    sys.exit(1 if bad else 0)


main()
