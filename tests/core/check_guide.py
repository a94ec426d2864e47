# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_guide.py CC TOP: each C block of userspace/INTEGRATING.md compiles, without warnings and
without a libc. Its links are tested with all others, by shape_links.
"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../shape"))
from elf import Report  # noqa: E402

GUIDE = "userspace/INTEGRATING.md"
OPTIONS = ["-std=gnu11", "-ffreestanding", "-Wall", "-Wextra", "-Wshadow", "-Wstrict-prototypes",
           "-Wmissing-prototypes", "-Wno-unused-function", "-Werror", "-fsyntax-only", "-x", "c", "-"]
FOLDERS = ["userspace/include", "kernel-side/port/include", "kernel-side/include"]


def main():
    compiler, top = sys.argv[1:3]
    report = Report()
    with open(os.path.join(top, GUIDE), encoding="utf-8") as file:
        text = file.read()
    blocks = [(text.count("\n", 0, m.start()) + 1, m.group(1))
              for m in re.finditer(r"^```c\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)]
    report.expect(len(blocks) >= 4, "the blocks were found", len(blocks))
    for line, block in blocks:
        done = subprocess.run([compiler, *[f"-I{os.path.join(top, f)}" for f in FOLDERS], *OPTIONS],
                              input=block, text=True, capture_output=True, check=False)
        report.expect(done.returncode == 0, f"the block in line {line} compiles", done.stderr)
    return report.exit_status()


sys.exit(main())
