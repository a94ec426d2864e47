# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What --stats writes, read again."""
import re

from tool import expect

LINE = re.compile(r"vgetrandom: (\S+) \(pid (\d+)\): (\w+), (\d+) calls, (\d+) bytes, "
                  r"(\d+) fallbacks, (?:(\d+) drops, (\d+) reseeds|drops and reseeds not known)")


def lines_of(text):
    """The processes that reported: {pid: (name, provider, calls, bytes, fallbacks, ...)}"""
    found = {}
    expect(not text or text.endswith("\n"), f"the last line is not whole: {text[-100:]!r}")
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        expect(match, f"not a line of --stats: {line!r}")
        expect(match[2] not in found, f"process {match[2]} reported twice")
        found[match[2]] = (match[1], match[3], *(int(n) if n else None for n in match.groups()[3:]))
    return found
