#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
bench/publish/plot.py draws the committed results, and refuses what has none.

usage: check_plot.py TOP
"""
import os
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
PICTURES = ["summary", "ns-by-size", "throughput-by-size", "scaling", "latency"]


def plot(top, result, folder):
    script = os.path.join(top, "bench/publish/plot.py")
    return subprocess.run([sys.executable, "-B", script, result, folder], capture_output=True,
                          text=True, check=False)


def fail(text):
    print(text)
    sys.exit(1)


def check_drawn(top):
    with tempfile.TemporaryDirectory() as folder:
        done = plot(top, os.path.join(top, "bench/results/result.json"), folder)
        sizes = {name: os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)}
        wanted = sorted(f"{name}.{suffix}" for name in PICTURES for suffix in ("png", "svg"))
        if done.returncode != 0 or sorted(sizes) != wanted or min(sizes.values()) < 5000:
            fail(f"expected {wanted}, got {sizes}, {done}")
        for name in PICTURES:
            with open(os.path.join(folder, f"{name}.svg"), encoding="utf-8") as file:
                if "vgetrandom" not in file.read():
                    fail(f"{name}.svg does not name vgetrandom")


def check_summary(top):
    """README's picture: six lines at most, each with its name, none of them missing."""
    with tempfile.TemporaryDirectory() as folder:
        plot(top, os.path.join(top, "bench/results/result.json"), folder)
        with open(os.path.join(folder, "summary.svg"), encoding="utf-8") as file:
            text = file.read()
    lines = text.count('id="gnuplot_plot_')
    names = [name for name in ("getrandom(2)", "glibc 2.41", "OpenSSL", "libvgetrandom")
             if name not in text]
    if not 4 <= lines <= 6 or names:
        fail(f"summary.svg has {lines} lines, and lacks {names}")


def check_refused(top):
    with tempfile.TemporaryDirectory() as folder:
        bad = os.path.join(folder, "bad.json")
        for text in ("", "{}", "[]", '{"results": [], "figures": [], "host": {}}'):
            with open(bad, "w", encoding="ascii") as file:
                file.write(text)
            done = plot(top, bad, folder)
            if done.returncode != 2 or len(done.stderr.splitlines()) != 1 or \
                    os.listdir(folder) != ["bad.json"]:
                fail(f"{text!r} was not refused: {done}, {os.listdir(folder)}")


def main():
    if not shutil.which("gnuplot"):
        print("skipped: there is no gnuplot (Debian package gnuplot-nox)")
        sys.exit(SKIPPED)
    check_drawn(sys.argv[1])
    check_summary(sys.argv[1])
    check_refused(sys.argv[1])
    print("drawn, and refused")


main()
