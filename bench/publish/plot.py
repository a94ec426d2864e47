# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
plot.py RESULT.json FOLDER: the pictures of a run, drawn by gnuplot. See bench/plot.

Transparent, with text and lines of middle brightness, so that they are readable on a light page
and on a dark one. A family of sources shares a colour; ours is the thick one.
"""
import json
import os
import subprocess
import sys

from style import DASHES, TEXT, colour, is_ours, points

LEVELS = [None, "generic", "sse2", "avx2", "avx512vl", "avx512"]
WIDTH, HEIGHT = 1100, 660
KEY_LINE = 26  # with what stands above and below it: the key of many sources needs more height
SUMMARY_WIDTH, SUMMARY_HEIGHT = 800, 420


def fail(text):
    print(f"plot.py: {text}", file=sys.stderr)
    sys.exit(2)


class Run:
    """The rows of a run; of our ChaCha20 only the best level."""

    def __init__(self, data):
        self.host = data["host"]
        best = max((row["chacha"] for row in data["results"] + data["figures"]),
                   key=LEVELS.index, default=None)
        self.results = [r for r in data["results"] if r["chacha"] in (None, best)]
        self.figures = [r for r in data["figures"] if r["chacha"] in (None, best)]

    def sources(self, rows):
        return list(dict.fromkeys(row["source"] for row in rows))

    def of_source(self, source, threads):
        rows = [r for r in self.results if (r["source"], r["threads"]) == (source, threads)]
        return sorted(rows, key=lambda row: row["size"])

    def subtitle(self):
        return (f"{self.host['cpu']}, {self.host['cores']} cores, {self.host['kernel']}, "
                f"{self.host['compiler']}, {self.host['date'][:10]}, commit {self.host['commit']}")


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def size_name(size):
    for unit, name in ((1 << 20, "Mi"), (1 << 10, "Ki")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return str(size)


def head(run, title):
    whole = f"{title}\n{run.subtitle()}"
    return [
        "set encoding utf8",
        f"set title {quoted(whole)} textcolor rgb '{TEXT}' noenhanced",
        f"set border 3 linecolor rgb '{TEXT}'",
        f"set tics nomirror textcolor rgb '{TEXT}'",
        f"set grid linecolor rgb '{TEXT}' linewidth 0.6 dashtype 3",
        f"set key outside right center vertical Left reverse noenhanced textcolor rgb '{TEXT}' "
        "samplen 3 spacing 1.15",
        f"set xlabel textcolor rgb '{TEXT}'",
        f"set ylabel textcolor rgb '{TEXT}'",
    ]


# For axes whose ends lie many powers of ten apart.
TIMES = [(10 ** power, f"{10 ** (power % 3)} {('ns', 'µs', 'ms', 's')[power // 3]}")
         for power in range(12)]
RATES = [(10.0 ** (power - 9), f"{10 ** (power % 3)} {('B', 'kB', 'MB', 'GB', 'TB')[power // 3]}/s")
         for power in range(13)]


def tics(axis, pairs):
    return f"set {axis}tics (" + ", ".join(f"{quoted(name)} {value:.6g}"
                                           for value, name in pairs) + ")"


def line_style(source):
    width = 4 if is_ours(source) else 1.8
    return (f"with linespoints linecolor rgb '{colour(source)}' linewidth {width} "
            f"dashtype {DASHES.get(source, 1)} pointtype {points(source)} pointsize 0.7")


def blocks(series):
    """Data as here-documents, and the plot command that uses them."""
    lines, parts = [], []
    for number, (source, rows) in enumerate(series):
        lines += [f"$data{number} << END", *rows, "END"]
        parts.append(f"$data{number} using 1:2 title {quoted(source)} {line_style(source)}")
    return lines + ["plot " + ", \\\n     ".join(parts)]


def by_size(run, title, places, value):
    sizes = sorted({row["size"] for row in run.results if row["threads"] == 1})
    lines = head(run, title) + [
        "set logscale x 2", "set logscale y", tics("y", places),
        tics("x", [(size, size_name(size)) for size in sizes[::2]]),
        f"set xrange [{sizes[0]}:{sizes[-1]}]",
        "set xlabel 'bytes per call'",
    ]
    series = []
    for source in run.sources(run.results):
        rows = [f"{row['size']} {value(row)}" for row in run.of_source(source, 1)]
        if rows:
            series.append((source, rows))
    return lines + blocks(series)


def nanoseconds(run):
    return by_size(run, "Time of a call, one thread: lower is better", TIMES,
                   lambda row: row["ns_per_call"]) if run.results else None


def throughput(run):
    return by_size(run, "Throughput, one thread: higher is better", RATES,
                   lambda row: row["bytes_per_s"] / 1e9) if run.results else None


# README's: what most programs choose between, and what it is called beside its line.
SUMMARY = {"syscall": "getrandom(2)", "openssl-rand": "OpenSSL", "libsodium": "libsodium",
           "glibc-2.41": "glibc 2.41", "libbsd": "libbsd", "vgetrandom": "libvgetrandom"}
SUMMARY_MAX = 4096


def apart(places, least=1.6):
    """So many heights, of which none is closer to the next than that factor: for labels."""
    order = sorted(range(len(places)), key=places.__getitem__)
    placed = dict.fromkeys(order)
    below = 0
    for index in order:
        placed[index] = max(places[index], below * least)
        below = placed[index]
    return [placed[index] for index in range(len(places))]


def summary(run):
    """Few lines, each with its name at its end instead of a key."""
    rows = {name: [r for r in run.of_source(name, 1) if r["size"] <= SUMMARY_MAX]
            for name in SUMMARY}
    rows = {name: found for name, found in rows.items() if len(found) > 1}
    if "vgetrandom" not in rows:
        return None
    sizes = sorted({row["size"] for row in rows["vgetrandom"]})
    lines = head(run, "Time of a call in ns, by the bytes it asks for: lower is better") + [
        "set logscale x 2", "set logscale y", "set key off", "set rmargin 16",
        tics("x", [(size, size_name(size)) for size in sizes if size.bit_length() % 2]),
        f"set xrange [{sizes[0]}:{sizes[-1] * 1.001}]", "set xlabel 'bytes'"]
    ends = apart([found[-1]["ns_per_call"] for found in rows.values()])
    for (name, found), end in zip(rows.items(), ends):
        lines.append(f"set label {quoted(SUMMARY[name])} at {found[-1]['size']},{end:.6g} offset 1,0 "
                     f"textcolor rgb '{colour(name)}' noenhanced")
    return lines + blocks([(name, [f"{row['size']} {row['ns_per_call']}" for row in found])
                           for name, found in rows.items()])


def scaling(run):
    most = max((row["threads"] for row in run.results), default=1)
    # Nothing to draw, too, if the noise left no ratio to trust.
    if not any(row["scaling"] for row in run.results if row["threads"] == most):
        return None
    sizes = sorted({row["size"] for row in run.results if row["threads"] == most})
    shades = ["#1f9e89", "#3f7fd0", "#d0743f", "#a050c0", "#808080"]
    sources = run.sources([r for r in run.results if r["threads"] == most])
    lines = head(run, f"What {most} threads deliver together, of what one does; the line is "
                      f"{most} times")
    lines += ["set style data histogram", "set style histogram clustered gap 1",
              "set style fill solid 0.9 noborder", "set boxwidth 0.9",
              "set xtics rotate by -40 noenhanced", "set yrange [0:*]", "set offsets 0,0,0.2,0",
              "set ylabel 'times one thread'", "$data << END"]
    for source in sources:
        cells = []
        for size in sizes:
            row = next((r for r in run.results if (r["source"], r["size"], r["threads"]) ==
                        (source, size, most)), {})
            # Without a trustworthy ratio there is no bar.
            cells.append(str(row["scaling"]) if row.get("scaling") else "NaN")
        lines.append(f"{quoted(source)} " + " ".join(cells))
    lines.append("END")
    parts = [f"$data using {i + 2}{':xtic(1)' if i == 0 else ''} title "
             f"{quoted(size_name(size) + ' bytes')} linecolor rgb '{shades[i % len(shades)]}'"
             for i, size in enumerate(sizes)]
    parts.append(f"{most} with lines linecolor rgb '{TEXT}' linewidth 1.5 dashtype 2 notitle")
    return lines + ["plot " + ", \\\n     ".join(parts)]


def latency(run):
    rows = [r for r in run.figures if r["measure"] == "latency" and r["size"] == 32 and
            r["name"].startswith("p")]
    if not rows:
        return None
    names = sorted({row["name"] for row in rows}, key=lambda name: float(name[1:]))
    places = {name: 1 / (1 - float(name[1:]) / 100) for name in names}
    lines = head(run, "Latency of single calls of 32 bytes: so many percent take no longer") + [
        "set logscale x", "set logscale y", tics("y", TIMES),
        tics("x", [(places[name], name) for name in names if name != "p25"]),
        f"set xrange [{min(places.values()):.6g}:{max(places.values()):.6g}]",
        "set xlabel 'percentile'",
    ]
    series = []
    for source in run.sources(rows):
        series.append((source, [f"{places[r['name']]:.6g} {max(r['value'], 0.5)}" for r in rows
                                if r["source"] == source]))
    return lines + blocks(series)


def draw(name, lines, folder):
    script = []
    width, height = WIDTH, max(HEIGHT, KEY_LINE * sum(line.startswith("$data") for line in lines))
    if name == "summary":
        width, height = SUMMARY_WIDTH, SUMMARY_HEIGHT
    for terminal in (f"set terminal svg size {width},{height} dynamic font 'sans-serif,13'",
                     f"set terminal pngcairo size {width},{height} transparent font "
                     "'DejaVu Sans,11'"):
        suffix = terminal.split()[2][:3]
        script += ["reset session", terminal, f"set output '{name}.{suffix}'", *lines,
                   "unset output"]
    done = subprocess.run(["gnuplot", "-"], input="\n".join(script) + "\n", text=True, cwd=folder,
                          capture_output=True, check=False)
    if done.returncode != 0 or done.stderr.strip():
        fail(f"gnuplot failed for {name}: {done.stderr.strip()}")


def main():
    if len(sys.argv) != 3:
        fail("usage: plot.py RESULT.json FOLDER")
    path, folder = sys.argv[1:]
    try:
        with open(path, encoding="ascii") as file:
            run = Run(json.load(file))
        os.makedirs(folder, exist_ok=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        fail(f"cannot draw '{path}' into '{folder}': {error}; name a file that --json wrote")
    drawn = []
    for name, lines in (("ns-by-size", nanoseconds(run)), ("throughput-by-size", throughput(run)),
                        ("scaling", scaling(run)), ("latency", latency(run)),
                        ("summary", summary(run))):
        if lines:
            draw(name, lines, folder)
            drawn.append(name)
    if not drawn:
        fail(f"'{path}' has nothing to draw")
    print(f"{', '.join(drawn)}: .svg and .png in {folder}")


main()
