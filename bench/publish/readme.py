# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
readme.py RESULTS TOP: writes the figures in README.md and bench/README.md below TOP, each between
two marks, from the directory RESULTS. See bench/renew-results.
"""
import json
import os
import sys

BEGIN = "<!-- written by bench/renew-results: begin -->"
END = "<!-- written by bench/renew-results: end -->"

SIZES = [1, 4, 16, 32, 64, 256, 1024, 4096, 65536, 1048576, 16777216]
COLUMNS = ["syscall", "glibc-2.41", "kernel-vdso", "vdso", "vgetrandom", "vgetrandom-inprocess",
           "vgetrandom-native"]
SHORT_SIZES = [16, 256, 4096, 65536]
PEER_SIZES = [4, 32, 1024, 65536]
LEVEL_SIZES = [4, 65536]
LATENCIES = ["p50", "p99", "p99.9", "p99.99"]
COSTS = ["syscall", "glibc-2.41", "vgetrandom", "vgetrandom-inprocess", "vgetrandom-native",
         "openssl-rand", "libsodium"]
LEVELS = ["generic", "sse2", "avx2", "avx512vl", "avx512"]
WIDE = 0.2  # of the ratio: an interval that is wider is marked


def number(value):
    """Three digits at least, in groups of three."""
    digits = 1 if value < 1000 else 0
    return f"{value:,.{digits}f}".replace(",", " ")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


class Run:
    def __init__(self, data):
        self.data = data
        present = {row["chacha"] for row in data["results"]}
        self.best_level = max(filter(None, present), key=LEVELS.index)

    def result(self, source, size, level=None, threads=1):
        return next((row for row in self.data["results"]
                     if (row["source"], row["size"], row["threads"]) == (source, size, threads)
                     and row["chacha"] in (None, level or self.best_level)), None)

    def fastest(self, size):
        """Of what any program can call; of our ChaCha20 the machine's best level."""
        return min((row for row in self.data["results"] if row["kind"] == "general" and
                    (row["size"], row["threads"]) == (size, 1) and
                    row["chacha"] in (None, self.best_level)),
                   key=lambda row: row["ns_per_call"])

    def figure(self, measure, source, name):
        return next((row["value"] for row in self.data["figures"]
                     if (row["measure"], row["source"], row["name"]) == (measure, source, name)
                     and row["size"] == 32 and row["chacha"] in (None, self.best_level)), None)

    def ratio(self, row):
        """How many times as fast as the system call, and whether noise leaves that uncertain."""
        base = self.result("syscall", row["size"])["ns_per_call"]
        ratio = row["ratio"] or base / row["ns_per_call"]
        return ratio, row["ratio_high"] - row["ratio_low"] > WIDE * ratio

    def default(self):
        """
        The source that is the library as programs get it. In results without the row
        vgetrandom-inprocess, vgetrandom is that provider, and native the default.
        """
        return "vgetrandom" if "vgetrandom-inprocess" in self.sources() else "vgetrandom-native"

    def sources(self):
        return list(dict.fromkeys(row["source"] for row in self.data["results"]))

    def sizes(self):
        return sorted({row["size"] for row in self.data["results"]})


def times(ratio, is_wide=False):
    """Ratios below 1 with a digit more; a tilde marks what noise leaves uncertain."""
    return f"{'~' if is_wide else ''}{ratio:.{1 if ratio >= 1 else 2}f}x"


def cell(run, row):
    if not row:
        return "-"
    text = number(row["ns_per_call"])
    if row["source"] != "syscall":
        text += f" ({times(*run.ratio(row))})"
    return f"**{text}**" if row is run.fastest(row["size"]) else text


def origin(run):
    host = run.data["host"]
    command = run.data.get("command", "vgetrandom-bench --all").replace("vgetrandom-bench", "bench/run")
    return (f"`{command}` on {host['cpu']}, {host['cores']} cores, {host['kernel']}, "
            f"{host['compiler']}, commit {host['commit']}")


def intro(run):
    steal = run.data["noise"]["steal_percent"]
    default = "is the library as programs get it" if run.default() == "vgetrandom" else \
        "is the library with provider inprocess"
    return [f"One run of {origin(run)}; "
            + (f"{steal:.1f}% steal time." if steal is not None else "steal time unknown."), "",
            "Median ns per call, one thread; speedup over the system call in parentheses, with a "
            "tilde where the", f"99% interval is wider than {WIDE * 100:.0f}%. Bold: the fastest "
            "source that needs no state from the caller.",
            "*kernel-vdso* and *vdso* are the raw functions of the kernel and of our image, "
            f"*vgetrandom* {default},", "*vgetrandom-...* with another provider.", ""]


def short(run):
    """The table of README.md."""
    columns = [("getrandom(2)", "syscall"), ("glibc 2.41", "glibc-2.41"),
               ("libvgetrandom", run.default()), ("OpenSSL RAND_bytes()", "openssl-rand")]
    rows = [[f"{number(size).removesuffix('.0')} bytes"] +
            [cell(run, run.result(name, size)).strip("*") for _, name in columns]
            for size in SHORT_SIZES]
    return table(["request"] + [title for title, _ in columns], rows) + \
        ["", f"Median ns per call (speedup over the system call), one thread: {origin(run)}."]


def main_table(run):
    columns = [name for name in COLUMNS if name in run.sources()]
    rows = [[number(size).removesuffix(".0")] +
            [cell(run, run.result(name, size)) for name in columns]
            for size in SIZES if run.result("syscall", size)]
    return table(["bytes"] + columns, rows) + [""]


def peers(run):
    names = [name for name in run.sources() if name not in COLUMNS]
    rows = [[name] + [cell(run, run.result(name, size)) for size in PEER_SIZES] for name in names]
    return ["Other sources, and lower bounds (*openssl-chacha20*, *memcpy*, *memset*):", ""] + \
        table(["source"] + [f"{number(s).removesuffix('.0')} bytes" for s in PEER_SIZES], rows) + \
        [""]


# What is less apart than this changes its order from run to run.
TIE = 1.02


def verdict(run):
    """At which sizes something other than ours is the fastest that any program can call."""
    lost = {}
    for size in run.sizes():
        best = run.fastest(size)
        ours = min((r for r in run.data["results"] if r["source"].startswith("vgetrandom") and
                    (r["size"], r["threads"]) == (size, 1)), key=lambda row: row["ns_per_call"])
        ratio = ours["ns_per_call"] / best["ns_per_call"]
        if ratio >= TIE:
            lost.setdefault(best["source"], []).append(
                f"{number(size).removesuffix('.0')} ({ratio:.2f}x)")
    sizes = len(run.sizes())
    text = f"The library is the fastest of all, or within {TIE - 1:.0%} of it, at " \
           f"{sizes - sum(map(len, lost.values()))} of {sizes} sizes"
    slower = "; ".join(f"{name} at {', '.join(where)}" for name, where in lost.items())
    return [text + (f". Faster than it, at so many bytes: {slower}." if slower else "."), ""]


def levels(run):
    parts = []
    for level in LEVELS:
        pairs = []
        for size in LEVEL_SIZES:
            ours = run.result("vdso", size, level)
            theirs = run.result("kernel-vdso", size)
            if ours and theirs:
                pairs.append(f"{theirs['ns_per_call'] / ours['ns_per_call']:.1f}x at {size} bytes")
        if pairs:
            parts.append(f"{level} {' and '.join(pairs)}")
    return ["Speedup of *vdso* over *kernel-vdso*, by implementation of ChaCha20:",
            ";\n".join(parts) + ".", ""]


def pictures(names):
    return [line for name, title in names for line in
            (f"![{title}](results/{name}.svg)", "")]


def costs(run):
    rows = []
    for name in COSTS:
        values = [run.figure("latency", name, p) for p in LATENCIES]
        values += [run.figure("first", name, n) for n in ("process", "thread")]
        values += [run.figure("fork", name, "fork"), run.figure("fork", name, "child's call"),
                   run.figure("drop", name, "call"), run.figure("memory", name, "thread")]
        if any(value is not None for value in values):
            rows.append([name] + ["-" if v is None else number(v) for v in values])
    head = ["source"] + LATENCIES + ["first in process", "first in thread", "fork",
                                     "first in child", "after a page drop", "bytes per thread"]
    return ["Costs that a tight loop hides, in ns, for requests of 32 bytes. *fork* is fork() in a "
            "process where 64", "threads have states; for sources without states it is the bare "
            "cost of fork().", ""] + table(head, rows) + [""]


def programs(data):
    rows = [[row["what"], f"{row['without']['median_s']:.3f}", f"{row['with']['median_s']:.3f}",
             f"{row['ratio']:.2f}x"] for row in data["programs"]]
    return ["Whole programs (`bench/programs`), in seconds, without and with `vgetrandom run`; the last "
            "row compares", "`head -c` with `vgetrandom fill`. A program that uses its own "
            "generator gains nothing:", ""] + \
        table(["program", "without", "with", "speedup"], rows) + [""]


def fills(data):
    rows = [[f"{row['gib']} GiB to {row['what']}"] +
            [f"{row['gib'] / row[jobs]['median_s']:.2f}" for jobs in ("one", "two")] +
            [f"{row['ratio']:.2f}x"] for row in data["fills"]]
    return ["`vgetrandom fill --output` (`bench/programs`), GiB a second:", ""] + \
        table(["filled", "one job", "two jobs", "speedup"], rows) + [""]


def full(run, whole):
    """The section of bench/README.md."""
    return intro(run) + main_table(run) + verdict(run) + levels(run) + \
        pictures([("ns-by-size", "nanoseconds by size"),
                  ("throughput-by-size", "throughput by size")]) + \
        peers(run) + costs(run) + \
        pictures([("latency", "latency distribution"), ("scaling", "threads")]) + \
        programs(whole) + fills(whole) + ["All figures: [result.json](results/result.json), "
                           "[programs.json](results/programs.json)."]


def sections(folder):
    """What stands between the marks of each file."""
    with open(os.path.join(folder, "result.json"), encoding="ascii") as file:
        run = Run(json.load(file))
    with open(os.path.join(folder, "programs.json"), encoding="ascii") as file:
        whole = json.load(file)
    return {"README.md": "\n".join(short(run)), "bench/README.md": "\n".join(full(run, whole))}


def replace(text, new):
    """The text with what is between the marks replaced; None without the two marks in order."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        return None
    return f"{before}{BEGIN}\n{new}\n{END}{after}"


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    folder, top = sys.argv[1:]
    written = {}
    for name, new in sections(folder).items():
        path = os.path.join(top, name)
        with open(path, encoding="utf-8") as file:
            written[path] = replace(file.read(), new)
        if written[path] is None:
            print(f"readme.py: {path} lacks the lines '{BEGIN}' and '{END}'", file=sys.stderr)
            sys.exit(1)
    for path, text in written.items():
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(path + ".new", path)


if __name__ == "__main__":
    main()
