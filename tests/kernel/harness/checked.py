# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
What the guests of a kernel that checks itself said: the tables of tests/kernel/README.md, with the day and
the commit that they are of.
"""
import os
import subprocess
import time

import plan_checked

CELL = {"ok": "passed", "fail": "**failed**", "skip": "skipped"}
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def job_table(results):
    """Rows are jobs, columns guests."""
    guests = list(dict.fromkeys(result.guest for result in results))
    names = list(dict.fromkeys(result.name for result in results))
    cells = {(result.guest, result.name):
             ": ".join(filter(None, [CELL[result.status], result.detail.replace("|", "\\|")]))
             for result in results}
    yield "| job | " + " | ".join(guests) + " |"
    yield "|---" * (len(guests) + 1) + "|"
    for name in names:
        yield f"| {name.partition('.')[0]} | " + \
            " | ".join(cells.get((guest, name), "") for guest in guests) + " |"


def fault_table(results):
    yield "| fault on purpose | what the kernel said |"
    yield "|---|---|"
    for result in results:
        said = f"`{result.detail}`" if result.status == "ok" else f"{CELL[result.status]}"
        yield f"| {result.name.partition('.')[0].removeprefix('fault-')} | {said} |"


def commit():
    done = subprocess.run(["git", "-C", TOP, "describe", "--always", "--dirty", "--abbrev=7",
                           "--exclude=*"], text=True, capture_output=True, check=False)
    return done.stdout.strip() or "unknown"


def write(kernel, results, folder):
    """Beside the results of the guests; returns the path, or None if it is no such kernel."""
    if kernel.name not in plan_checked.NAMES:
        return None
    alive = [result for result in results if result.name.endswith(".alive")]
    jobs = [result for result in results
            if result.guest not in ("build", "boot") and not result.guest.startswith("faults-")]
    lines = [f"Linux {kernel.release}, {time.strftime('%Y-%m-%d', time.gmtime())}, "
             f"commit {commit()}:", "", *job_table(jobs), "", *fault_table(alive)]
    path = os.path.join(folder, kernel.name, "checked.md")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return path
