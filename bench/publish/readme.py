# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
readme.py RESULTS TOP: writes the section of bench/README.md below TOP that has figures, from the
folder RESULTS, between two marks. See bench/renew-results.
"""
import json
import os
import sys

BEGIN = "<!-- written by bench/renew-results: begin -->"
END = "<!-- written by bench/renew-results: end -->"

SIZES = [1, 4, 16, 32, 64, 256, 1024, 4096, 65536, 1048576, 16777216]
COLUMNS = ["syscall", "glibc-2.41", "kernel-vdso", "vdso", "vgetrandom", "vgetrandom-native"]
PEER_SIZES = [4, 32, 1024, 65536]
LEVEL_SIZES = [4, 65536]
LATENCIES = ["p50", "p99", "p99.9", "p99.99"]
COSTS = ["syscall", "glibc-2.41", "vgetrandom", "vgetrandom-native", "openssl-rand", "libsodium"]
LEVELS = ["generic", "sse2", "avx2", "avx512"]


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
        """Of what any program can use; of our ChaCha20 the machine's best level."""
        return min((row for row in self.data["results"] if row["kind"] == "general" and
                    (row["size"], row["threads"]) == (size, 1) and
                    row["chacha"] in (None, self.best_level)),
                   key=lambda row: row["ns_per_call"])

    def figure(self, measure, source, name):
        return next((row["value"] for row in self.data["figures"]
                     if (row["measure"], row["source"], row["name"]) == (measure, source, name)
                     and row["size"] == 32 and row["chacha"] in (None, self.best_level)), None)

    def sources(self):
        return list(dict.fromkeys(row["source"] for row in self.data["results"]))

    def sizes(self):
        return sorted({row["size"] for row in self.data["results"]})


def times(ratio):
    """Ratios below 1 with a digit more."""
    return f"{ratio:.{1 if ratio >= 1 else 2}f}x"


def cell(run, row):
    """ns, and times the system call if the noise of the run allows to say that."""
    if not row:
        return "-"
    text = number(row["ns_per_call"])
    if row["source"] != "syscall":
        text += f" ({times(row['ratio'])})" if row["ratio"] else " (wide)"
    return f"**{text}**" if row is run.fastest(row["size"]) else text


def intro(run):
    host = run.data["host"]
    noise = run.data["noise"]
    steal = noise["steal_percent"]
    command = run.data.get("command", "vgetrandom-bench --all").replace("vgetrandom-bench", "bench/run")
    return [f"One run of `{command}` on {host['cpu']}, {host['cores']} cores, "
            f"{host['kernel']}, {host['compiler']}, commit {host['commit']}; "
            + (f"the hypervisor took {steal:.1f}% of the time for others." if steal is not None
               else "no word of the hypervisor's share."),
            "Nanoseconds a call (median), in brackets how many times as fast as the system call,",
            "in bold the fastest that any program can use; *wide*: too much noise for a ratio.",
            "*vdso* is our raw function, *vgetrandom* the library with the in-process image,",
            "*vgetrandom-native* the library over the kernel's own image, which it takes by itself on "
            "Linux 6.11", "and newer, because only a kernel notices a cloned virtual machine; "
            "`VGETRANDOM_PROVIDER=inprocess`", "chooses the faster one.", ""]


def main_table(run):
    rows = [[number(size).removesuffix(".0")] +
            [cell(run, run.result(name, size)) for name in COLUMNS]
            for size in SIZES if run.result("syscall", size)]
    return table(["bytes"] + COLUMNS, rows) + [""]


def peers(run):
    names = [name for name in run.sources() if name not in COLUMNS]
    rows = [[name] + [cell(run, run.result(name, size)) for size in PEER_SIZES] for name in names]
    return ["The others:", ""] + \
        table(["source"] + [f"{number(s).removesuffix('.0')} bytes" for s in PEER_SIZES], rows) + \
        [""]


def verdict(run):
    """At which sizes something else than ours is the fastest that any program can use."""
    lost = []
    for size in run.sizes():
        best = run.fastest(size)
        ours = min((r for r in run.data["results"] if r["source"].startswith("vgetrandom") and
                    (r["size"], r["threads"]) == (size, 1)), key=lambda row: row["ns_per_call"])
        if not best["source"].startswith("vgetrandom"):
            lost.append(f"{best['source']} at {size} bytes "
                        f"({ours['ns_per_call'] / best['ns_per_call']:.2f}x)")
    text = f"Of {len(run.sizes())} sizes from {run.sizes()[0]} to {run.sizes()[-1]} bytes, " \
           f"vgetrandom is the fastest general-purpose source at {len(run.sizes()) - len(lost)}"
    return [text + (f"; faster: {', '.join(lost)}." if lost else "."), ""]


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
    return ["How many times as fast as the kernel's vDSO *vdso* is, by level of ChaCha20:",
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
    head = ["source"] + LATENCIES + ["first in a process", "first in a thread", "a fork",
                                     "first in the child", "after a page drop", "bytes a thread"]
    return ["What a loop does not show, ns for 32 bytes (a fork: of a process with 64 threads that",
            "have states; where nothing is kept, as for the system call, it is what a fork costs):",
            ""] + table(head, rows) + [""]


def programs(data):
    rows = [[row["what"], f"{row['without']['median_s']:.3f}", f"{row['with']['median_s']:.3f}",
             f"{row['ratio']:.2f}x"] for row in data["programs"]]
    return ["Whole programs (`bench/programs`), seconds, without and with `vgetrandom run`;",
            "the last row is `head -c` and `vgetrandom fill`:", ""] + \
        table(["program", "without", "with", "times"], rows) + [""]


def section(folder):
    with open(os.path.join(folder, "result.json"), encoding="ascii") as file:
        run = Run(json.load(file))
    with open(os.path.join(folder, "programs.json"), encoding="ascii") as file:
        whole = json.load(file)
    lines = intro(run) + main_table(run) + verdict(run) + levels(run) + \
        pictures([("ns-by-size", "nanoseconds by size"),
                  ("throughput-by-size", "throughput by size")]) + \
        peers(run) + costs(run) + \
        pictures([("latency", "latency distribution"), ("scaling", "threads")]) + programs(whole)
    lines += ["All figures: [result.json](results/result.json),",
              "[programs.json](results/programs.json)."]
    return "\n".join(lines)


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
    path = os.path.join(top, "bench/README.md")
    with open(path, encoding="utf-8") as file:
        text = replace(file.read(), section(folder))
    if text is None:
        print(f"readme.py: {path} lacks the lines '{BEGIN}' and '{END}'", file=sys.stderr)
        sys.exit(1)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".new", path)


if __name__ == "__main__":
    main()
