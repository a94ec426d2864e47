# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
hyperfine.py BUILD RUNS JSON: times whole programs by hyperfine. See bench/programs.

Each program's two forms take turns, a hyperfine for each turn, so that what disturbs hits both.
An empty JSON writes no file.
"""
import json
import os
import re
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

UUIDS = "import uuid\nfor _ in range(200000): uuid.uuid4()"
BLOBS = ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500000) "
         "SELECT sum(length(randomblob(16))) FROM n")
MIB = 256
FREE_GIB = 3
SPAWNS = """import os
for _ in range(1000): os.waitpid(os.posix_spawn("/bin/true", ["true"], os.environ), 0)"""
EXECS = "i=0; while [ $i -lt 3000 ]; do /bin/true; i=$((i + 1)); done"


def programs(build):
    """name, what, the command without and with us"""
    tool = os.path.join(build, "userspace/cli/vgetrandom")
    ids = [os.path.join(build, "bench/make-ids"), "1000000"]
    rows = [("make-ids", "1 000 000 ids of 16 bytes into a hash table (C)", ids),
            ("python-uuid4", "200 000 uuid.uuid4() (Python)", ["python3", "-c", UUIDS]),
            ("openssl-rand", f"openssl rand, {MIB} MiB: uses its own generator",
             ["openssl", "rand", "-out", "/dev/null", str(MIB << 20)]),
            ("sqlite-randomblob", "500 000 randomblob(16) of SQLite: uses its own generator",
             ["sqlite3", ":memory:", BLOBS])]
    result = [(name, what, command, [tool, "run", "--", *command])
              for name, what, command in rows]
    result.append(("fill", f"vgetrandom fill against head -c of /dev/urandom, {MIB} MiB",
                   ["head", "-c", str(MIB << 20), "/dev/urandom"],
                   [tool, "fill", "--bytes", f"{MIB}M"]))
    return result


def starts(build):
    """
    What it costs to start a program that draws nothing: name, what, and the command without a
    preloaded library, with one that has nothing in it, and with ours.
    """
    empty = os.path.join(build, "bench/libempty.so")
    shim = os.path.join(build, "userspace/preload/libvgetrandom-preload.so")
    return [(name, what, {"without": ["env", *command],
                          "empty": ["env", f"LD_PRELOAD={empty}", *command],
                          "with": ["env", f"LD_PRELOAD={shim}", *command]})
            for name, what, command in (
                ("true", "1 000 starts of true", ["python3", "-S", "-c", SPAWNS]),
                ("shell", "a shell that starts 3 000 programs", ["sh", "-c", EXECS]))]


def fills(build, folder):
    """vgetrandom fill --output: name, what, GiB, and the command with one job and with two."""
    tool = os.path.join(build, "userspace/cli/vgetrandom")
    rows = (("null", "/dev/null", "/dev/null", 8),
            ("file", "a file, until it is on the disk (fsync)", os.path.join(folder, "filled"), 2))
    return [(name, what, gib, {jobs: [tool, "fill", "--output", path, "--bytes", f"{gib}G",
                                      "--jobs", number]
                               for jobs, number in (("one", "1"), ("two", "2"))})
            for name, what, path, gib in rows]


def fail(text):
    print(f"bench/programs: {text}", file=sys.stderr)
    sys.exit(1)


def calls_served(command):
    """What the program drew from us, by its line on stderr; None for what is not run by us."""
    if command[1] != "run":
        return None
    done = subprocess.run([command[0], "run", "--stats", *command[2:]], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, check=False)
    found = re.findall(r"(\d+) calls?, (\d+) bytes?", done.stderr)
    if done.returncode != 0 or not found:
        fail(f"{shlex.join(command)}: exit status {done.returncode}: {done.stderr.strip()}")
    return sum(int(calls) for calls, _ in found)


def time_once(command, folder):
    """Seconds of one run."""
    path = os.path.join(folder, "once.json")
    done = subprocess.run(["hyperfine", "--shell=none", "--style=none", "--runs=1",
                           "--export-json", path, shlex.join(command)],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        fail(f"hyperfine failed for '{shlex.join(command)}': {done.stderr.strip()}")
    with open(path, encoding="utf-8") as file:
        return json.load(file)["results"][0]["times"][0]


def summary(times):
    return {"median_s": round(statistics.median(times), 6), "min_s": round(min(times), 6),
            "max_s": round(max(times), 6)}


def take_turns(name, commands, runs, folder):
    """The seconds of each of @commands."""
    print(f"{name} ...", file=sys.stderr)
    times = {key: [] for key in commands}
    # The first turn warms up.
    for turn in range(runs + 1):
        for key, command in commands.items():
            seconds = time_once(command, folder)
            if turn:
                times[key].append(seconds)
    return times


def measure_start(start, runs, folder):
    name, what, commands = start
    times = take_turns(name, commands, runs, folder)
    row = {"name": name, "what": what, "runs": runs}
    row.update({key: summary(seconds) for key, seconds in times.items()})
    for key in ("without", "empty"):
        row[f"to_{key}"] = round(row["with"]["median_s"] / row[key]["median_s"], 3)
    return row


def measure_fill(fill, runs, folder):
    name, what, gib, commands = fill
    times = take_turns(name, commands, runs, folder)
    row = {"name": name, "what": what, "runs": runs, "gib": gib}
    row.update({key: summary(seconds) for key, seconds in times.items()})
    row["ratio"] = round(row["one"]["median_s"] / row["two"]["median_s"], 3)
    return row


def gib_per_second(row, jobs):
    return row["gib"] / row[jobs]["median_s"]


def measure(program, runs, folder):
    name, what, plain, ours = program
    served = calls_served(ours)
    times = take_turns(name, {"without": plain, "with": ours}, runs, folder)
    row = {"name": name, "what": what, "runs": runs, "calls_served": served,
           "without": summary(times["without"]), "with": summary(times["with"])}
    row["ratio"] = round(row["without"]["median_s"] / row["with"]["median_s"], 3)
    return row


def print_table(rows):
    print(f"{'program':18} {'without, s':>10} {'with, s':>10} {'times':>6} {'calls':>9}  what")
    for row in rows:
        served = "-" if row["calls_served"] is None else row["calls_served"]
        print(f"{row['name']:18} {row['without']['median_s']:10.3f} "
              f"{row['with']['median_s']:10.3f} {row['ratio']:5.2f}x {served:>9}  {row['what']}")


def print_starts(rows):
    print(f"\n{'start':18} {'without, s':>10} {'empty, s':>10} {'ours, s':>10} {'/without':>8} "
          f"{'/empty':>7}  what")
    for row in rows:
        print(f"{row['name']:18} {row['without']['median_s']:10.3f} "
              f"{row['empty']['median_s']:10.3f} {row['with']['median_s']:10.3f} "
              f"{row['to_without']:8.3f} {row['to_empty']:7.3f}  {row['what']}")


def print_fills(rows):
    print(f"\n{'fill':18} {'1 job, GiB/s':>12} {'2 jobs, GiB/s':>13} {'times':>6}  what")
    for row in rows:
        print(f"{row['name']:18} {gib_per_second(row, 'one'):12.2f} "
              f"{gib_per_second(row, 'two'):13.2f} {row['ratio']:5.2f}x  "
              f"{row['gib']} GiB to {row['what']}")


def main():
    build, runs, path = sys.argv[1:]
    if not os.path.exists(os.path.join(build, "userspace/cli/vgetrandom")):
        fail("the command vgetrandom was not built")
    if shutil.disk_usage(build).free < FREE_GIB << 30:
        fail(f"less than {FREE_GIB} GiB are free for a file below {build}")
    # What ends it leaves no file there.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda signum, _: sys.exit(128 + signum))
    with tempfile.TemporaryDirectory() as folder:
        rows = [measure(program, int(runs), folder) for program in programs(build)]
        start_rows = [measure_start(start, int(runs), folder) for start in starts(build)]
    print_table(rows)
    print_starts(start_rows)
    # Where /tmp may be memory, the build is on a disk.
    with tempfile.TemporaryDirectory(dir=build) as folder:
        fill_rows = [measure_fill(fill, int(runs), folder) for fill in fills(build, folder)]
    print_fills(fill_rows)
    if path:
        version = subprocess.run(["hyperfine", "--version"], capture_output=True, text=True,
                                 check=True).stdout.strip()
        with open(path + ".new", "w", encoding="ascii") as file:
            json.dump({"timed_by": version, "programs": rows, "starts": start_rows,
                       "fills": fill_rows}, file, indent=1)
            file.write("\n")
        os.rename(path + ".new", path)


main()
