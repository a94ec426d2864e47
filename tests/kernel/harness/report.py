# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What came of it: lines as it happens, a table, JUnit's XML in the form that ctest writes."""
import os
import sys
import threading
import time
from xml.sax.saxutils import escape, quoteattr

STATUS_WORD = {"ok": "Passed", "fail": "***Failed", "skip": "***Skipped"}


class Progress:
    """One line on a terminal that says what each guest is at; nothing elsewhere."""

    def __init__(self):
        self.is_terminal = sys.stderr.isatty()
        self.lock = threading.Lock()
        self.at = {}
        self.started_at = time.monotonic()

    def __call__(self, who, what):
        with self.lock:
            self.at[who] = what
            self._draw()

    def done(self, who):
        with self.lock:
            self.at.pop(who, None)
            self._draw()

    def _draw(self):
        if self.is_terminal:
            text = "; ".join(f"{who}: {what}" for who, what in sorted(self.at.items()))
            print(f"\r\033[K[{time.monotonic() - self.started_at:4.0f} s] {text}"[:110], end="",
                  file=sys.stderr, flush=True)

    def line(self, text):
        with self.lock:
            if self.is_terminal:
                print("\r\033[K", end="", file=sys.stderr, flush=True)
            print(text, flush=True)


def test_name(kernel, guest, job):
    return f"kernel_{kernel}_{guest}_{job.replace('.', '_')}"


def name_of(result):
    return test_name(result.kernel, result.guest, result.name)


def say(progress, result):
    progress.line(f"{name_of(result):<55} {STATUS_WORD[result.status]:<11} {result.detail}")
    if result.status == "fail":
        for line in result.log.splitlines():
            progress.line(f"    {line}")


def write_junit(path, results):
    with open(path, "w", encoding="utf-8") as file:
        counts = {status: sum(r.status == status for r in results) for status in STATUS_WORD}
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write(f'<testsuite name="kernel" tests="{len(results)}" failures="{counts["fail"]}" '
                   f'disabled="0" skipped="{counts["skip"]}">\n')
        for result in results:
            status = {"ok": "run", "fail": "fail", "skip": "notrun"}[result.status]
            name = quoteattr(name_of(result))
            file.write(f'\t<testcase name={name} classname={name} time="{result.seconds:.3f}" '
                       f'status="{status}">\n')
            if result.status == "fail":
                file.write(f"\t\t<failure message={quoteattr(result.detail)}/>\n")
            if result.status == "skip":
                file.write('\t\t<skipped message="SKIP_RETURN_CODE=77"/>\n')
            clean = "".join(c for c in f"{result.detail}\n{result.log}" if c >= " " or c in "\n\t")
            file.write(f"\t\t<system-out>{escape(clean)}</system-out>\n\t</testcase>\n")
        file.write("</testsuite>\n")


# Jobs whose numbers are worth a place in the table.
WITH_NUMBERS = ("pressure", "storm", "step-kernel")
# Guests that have a column.
COLUMNS = ("native", "module", "old-cpu")
STATUS_CELL = {"ok": "passed", "fail": "**failed**", "skip": "skipped"}


def cell(result):
    job = result.name.partition(".")[0]
    return result.detail if result.status == "ok" and job in WITH_NUMBERS else \
        STATUS_CELL[result.status]


def table(results):
    """
    Rows are jobs, columns are guests, and for clones what they draw through; builds, and what was seen
    in clones, come as lines below.
    """
    columns, rows, cells, lines = [], [], {}, []
    for result in results:
        job, _, memory = result.name.partition(".")
        guest = memory if result.guest == "clones" else result.guest
        if result.guest not in COLUMNS:
            lines.append(f"- {result.kernel} {result.guest} {result.name.replace('.', ' ')}: "
                         f"{STATUS_CELL[result.status]}; {result.detail}")
        if guest not in COLUMNS:
            continue
        column, row = f"{result.kernel} {guest}", job
        columns += [column] if column not in columns else []
        rows += [row] if row not in rows else []
        cells[row, column] = cell(result)
    # By version; "current" is above all numbers.
    columns.sort(key=lambda c: ([int(n) if n.isdigit() else sys.maxsize
                                 for n in c.split()[0].replace("-", ".").split(".")], c))
    head = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    body = [f"| {row} | " + " | ".join(cells.get((row, c), "") for c in columns) + " |"
            for row in rows]
    return "\n".join(head + body + ["", *lines]) + "\n"


def releases(kernels):
    """What uname -r says in each."""
    said = [f"{kernel.name} is {kernel.release}" for kernel in kernels]
    return "; ".join(sorted(set(said)))


def finish(progress, results, kernels, folder):
    """Writes the files, says the sum; returns the exit status."""
    write_junit(os.path.join(folder, "junit.xml"), results)
    with open(os.path.join(folder, "table.md"), "w", encoding="utf-8") as file:
        file.write(f"{releases(kernels)}\n\n{table(results)}")
    counts = [sum(r.status == status for r in results) for status in ("ok", "fail", "skip")]
    seconds = time.monotonic() - progress.started_at
    progress.line(f"\n{seconds:.0f} s; results in {os.path.relpath(folder)}; {releases(kernels)}")
    progress.line(f"{counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
    return 1 if counts[1] else 0
