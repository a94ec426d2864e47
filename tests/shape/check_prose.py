# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_prose.py TOP: phrases that read badly do not come back, in documents, messages or comments, and
README.md fits two screens. What to write instead stands behind each phrase.
"""
import os
import re
import sys

from check_sources import all_files
from elf import Report

README_MAX_LINES = 120

# Lower case, one space between words; a line break and a comment's prefix count as one.
PHRASES = {
    "read up": "exhausted",
    "the way of a call": "the call path",
    "to that comes": "plus",
    "eights of the batch": "8-byte words of the batch",
    "besides the machine's": "alongside the system's",
    "that any program can use": "general-purpose",
    "too much noise for a ratio": "the interval, marked if it is wide",
    "generator of its own": "uses its own generator",
    "found guilty": "reported",
    "a comfort that": "a convenience",
    "there is no option": "unknown option",
    "there is no source '": "unknown source",
    "there is no target '": "unknown target",
    "there is no fault '": "unknown fault",
    "wrong usage": "usage error",
    "kernel's affair": "up to the kernel",
    "machine's affair": "up to the machine",
    "nobody's business": "private",
    "given up for good": "abandoned",
    "by a jump": "by siglongjmp()",
    "one of these days": "when it is N seconds old",
    "mark of use": "in-use flag",
    "what remains": "known limitations",
    "ns a call": "ns per call",
    "in brackets": "in parentheses",
}
PREFIXES = re.compile(r"\s*\n\s*(\*|//|#|;)?\s*")

# Results are what was printed, and pictures are drawn from them.
SKIPPED = re.compile(r"^bench/results/|^tests/fuzz/seeds/|\.(png|svg|abi)$|^tests/shape/check_prose\.py$")


def text_of(top, name):
    with open(os.path.join(top, name), encoding="utf-8", errors="replace") as file:
        return re.sub(r"\s+", " ", PREFIXES.sub(" ", file.read())).lower()


def main():
    top = sys.argv[1]
    report = Report()
    names = [name for name in all_files(top) if not SKIPPED.search(name)]
    for name in names:
        text = text_of(top, name)
        for phrase, better in PHRASES.items():
            found = re.search(rf"\b{re.escape(phrase)}(?!\w)", text)
            report.expect(not found, f"{name} does not say '{phrase}'; write: {better}")
    report.expect(len(names) > 300, "the files were found", len(names))
    with open(os.path.join(top, "README.md"), encoding="utf-8") as file:
        lines = len(file.readlines())
    report.expect(lines <= README_MAX_LINES, f"README.md has {README_MAX_LINES} lines at most", lines)
    return report.exit_status()


sys.exit(main())
