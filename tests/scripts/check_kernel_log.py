# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_kernel_log.py HARNESS: what tests/kernel counts as bad in the log of a guest (guest.py), data races above
all.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../shape"))
import guest  # noqa: E402
from elf import Report  # noqa: E402

END = "[    3.5] " + "=" * 66 + "\n"
OURS = "vgr_count_page+0x10/0x40 [vgetrandom]"


def race(title, first, second, between=""):
    """A report of KCSAN's, with two stacks of functions."""
    stacks = [f"[    3.5] {what} to 0x1 of 4 bytes by task {task} on cpu {task}:\n" +
              "".join(f"[    3.5]  {frame}\n" for frame in frames) + "[    3.5]\n"
              for task, (what, frames) in enumerate((("write", first), ("read", second)))]
    return f"{END}[    3.5] BUG: KCSAN: data-race in {title}\n[    3.5]\n" + \
        between.join(stacks) + "[    3.5] Reported by Kernel Concurrency Sanitizer on:\n" + END


KERNEL = ["dput+0x1/0x2", "path_openat+0x1/0x2", "vfs_open+0x1/0x2"]
WARNING = "[    3.5] WARNING: suspicious RCU usage\n"

# What the log is, and how many bad lines it has.
LOGS = [
    ("nothing", "[    1.0] Linux version 6.12\n", 0),
    ("a race of the kernel with itself", race("dput / dput", KERNEL, KERNEL), 0),
    ("one in what the module called", race("dput / dput", KERNEL, [*KERNEL, OURS]), 0),
    ("one in what the module called directly",
     race("dput / dput", KERNEL, [KERNEL[0], OURS, *KERNEL]), 1),
    ("one of the module", race("vgr_count_page [vgetrandom] / dput", [OURS, *KERNEL], KERNEL), 1),
    ("one of the module, with a line before its frame",
     race("vgr_count_page [vgetrandom] / dput", ["a line", "another", OURS, *KERNEL], KERNEL), 1),
    ("two, one of the module", race("dput / dput", KERNEL, KERNEL) +
     race("vgr_count_page [vgetrandom] / dput", [OURS, *KERNEL], KERNEL), 1),
    ("a warning in the middle of a race of the kernel with itself",
     race("dput / dput", KERNEL, KERNEL, WARNING), 1),
    ("a warning behind one", race("dput / dput", KERNEL, KERNEL) + WARNING, 1),
    ("a race that ends with the log", race("dput / dput", KERNEL, KERNEL)[:-200], 1),
]


def main():
    report = Report()
    for what, log, expected in LOGS:
        bad = guest.bad_lines(log)
        report.expect(len(bad) == expected, f"{what}: {expected} bad lines", str(bad))
    said = guest.say_foreign_races(LOGS[1][1] + LOGS[2][1] + LOGS[4][1])
    report.expect("2 races" in said and "1 of them" in said, "races of others are counted", said)
    return report.exit_status()


sys.exit(main())
