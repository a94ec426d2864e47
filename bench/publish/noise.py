# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
noise.py PROGRAM RUNS: do the ratios of vgetrandom-bench --quick hold beside busy loops? See
bench/noise.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

SIZES = range(4, 1025)
NARROW = 0.20  # of the ratio, from bound to bound
ENOUGH = 0.9   # of the intervals
QUIET = 0.05   # share of the CPU time that others may take
WAIT_S = 60
NOT_QUIET = 3


def cpu_seconds():
    """Of all cores: in use, taken by the hypervisor included, and in all."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, idle, iowait, irq, softirq, steal = \
            map(int, file.readline().split()[1:9])
    busy = user + nice + system + irq + softirq + steal
    return busy, busy + idle + iowait


def busy_share(seconds=2):
    before = cpu_seconds()
    time.sleep(seconds)
    after = cpu_seconds()
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def wait_until_quiet():
    """Returns the last share that was seen, above QUIET if it stayed so."""
    end = time.monotonic() + WAIT_S
    share = busy_share()
    while share > QUIET and time.monotonic() < end:
        share = busy_share()
    return share


def measure(program):
    """A run as users have it, and the ratios in question by source and size."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "run.json")
        subprocess.run([program, "--quick", "--json", path], stdout=subprocess.DEVNULL, check=True)
        with open(path, encoding="ascii") as file:
            run = json.load(file)
    return run, {(row["source"], row["size"]): row for row in run["results"]
                 if row["size"] in SIZES and row["source"] != "syscall" and row["ratio"]}


class BusyLoops:
    """One for each core, for as long as the block lasts: also if it is left by an exception."""

    def __enter__(self):
        self.loops = [subprocess.Popen(["sh", "-c", "while :; do :; done"])
                      for _ in range(len(os.sched_getaffinity(0)))]

    def __exit__(self, *_):
        for loop in self.loops:
            loop.kill()
            loop.wait()


def measure_beside_loops(program, runs):
    with BusyLoops():
        return [measure(program) for _ in range(runs)]


def judge(quiet, noisy):
    """By source: intervals, those that are narrow, those that hold the quiet machine's ratio."""
    counts = {}
    for (source, size), row in noisy:
        if (source, size) not in quiet:
            continue
        count = counts.setdefault(source, [0, 0, 0])
        count[0] += 1
        count[1] += row["ratio_high"] - row["ratio_low"] < NARROW * row["ratio"]
        count[2] += row["ratio_low"] <= quiet[source, size]["ratio"] <= row["ratio_high"]
    return counts


def print_line(name, count):
    print(f"{name:22}{count[0]:>10}{count[1]:>20}{count[2]:>18}")


def print_head(run, share, runs):
    host = run["host"]
    print(f"{host['cpu']}, {host['cores']} cores, {host['kernel']}, {host['compiler']}, "
          f"commit {host['commit']}")
    print(f"vgetrandom-bench --quick alone (cores {100 * share:.0f}% busy before), then {runs} "
          f"times beside {len(os.sched_getaffinity(0))} busy loops\n")
    print(f"{'source':22}{'intervals':>10}{'narrower than 20%':>20}{'hold quiet ratio':>18}")


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    program, runs = sys.argv[1], int(sys.argv[2])
    # So that the loops do not outlive this script.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    share = wait_until_quiet()
    first, quiet = measure(program)
    noisy = [pair for _, rows in measure_beside_loops(program, runs) for pair in rows.items()]
    counts = judge(quiet, noisy)
    total = [sum(column) for column in zip(*counts.values())]
    print_head(first, share, runs)
    for source, count in counts.items():
        print_line(source, count)
    print_line("all", total)
    print(f"\nAt 4 to 1024 bytes {100 * total[1] / total[0]:.0f}% are narrower than 20%, "
          f"{100 * total[2] / total[0]:.0f}% hold the quiet machine's ratio.")
    if share > QUIET:
        print("No proof: others used the CPU, so the first run was not alone.")
        return NOT_QUIET
    return 0 if min(total[1:]) >= ENOUGH * total[0] else 1


if __name__ == "__main__":
    sys.exit(main())
