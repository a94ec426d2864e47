# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_preload.py SHIM MAP: the shim exports what its map lists, without a version, so that it stands
in for any version of the C library's functions, and is fit to be the first library of a process.
"""
import re
import sys

from elf import (DF_1_NODELETE, DF_1_NOW, DF_TEXTREL, Elf, PF_W, PF_X,
                 PT_GNU_STACK, Report, SHT_DYNSYM, has_static_tls)

SHN_UNDEF, SHN_ABS = 0, 0xfff1

# Of the library's own; of others the shim must not have an opinion.
NEVER_EXPORTED = re.compile(r"vgetrandom|vgr_")


def read_map(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return set(re.findall(r"\w+", re.search(r"global:(.*?)local:", text, re.DOTALL).group(1)))


def main():
    elf, listed = Elf(sys.argv[1]), read_map(sys.argv[2])
    report = Report()
    symbols = [s for s in elf.symbols(SHT_DYNSYM) if s.name]
    exported = {s.name: s.version for s in symbols if s.section not in (SHN_UNDEF, SHN_ABS)}
    report.expect_equal(listed, set(exported), "the shim exports what its map lists")
    report.expect(not any(NEVER_EXPORTED.match(name) for name in exported),
                  "the library's own names are hidden", exported)
    report.expect(not any(exported.values()), "no exported name has a version", exported)
    report.expect({"getrandom", "getentropy", "arc4random", "arc4random_buf",
                   "arc4random_uniform"} <= set(exported), "the five functions", exported)
    needed = elf.dynamic_values("NEEDED")
    strings = next(s for s in elf.sections if s.name == ".dynstr").offset
    libraries = {elf.string(strings + offset) for offset in needed}
    report.expect(all(re.match(r"(libc|libdl|ld-linux.*)\.", name) for name in libraries),
                  "it brings no other library into a process", libraries)
    report.expect(not elf.dynamic_values("TEXTREL") and not elf.dynamic_flags("FLAGS") & DF_TEXTREL,
                  "no relocation of text")
    report.expect(has_static_tls(elf), "thread-local variables are static")
    report.expect(elf.dynamic_flags("FLAGS_1") & DF_1_NODELETE, "it stays loaded")
    report.expect(elf.dynamic_flags("FLAGS_1") & DF_1_NOW, "nothing is bound lazily")
    for segment in elf.segments:
        report.expect(segment.flags & (PF_W | PF_X) != PF_W | PF_X or segment.type == PT_GNU_STACK,
                      "no segment is writable and executable", segment)
        if segment.type == PT_GNU_STACK:
            report.expect(not segment.flags & PF_X, "the stack is not executable")
    return report.exit_status()


sys.exit(main())
