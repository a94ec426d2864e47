# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_library.py SHARED STATIC MAP VERSION: the library exports what its symbol map lists,
and keeps out of the way of the programs that load it.
"""
import re
import subprocess
import sys

from elf import (DF_1_NODELETE, DF_1_NOW, DF_TEXTREL, Elf, PF_W, PF_X, PT_GNU_STACK, Report,
                 SHT_DYNSYM, has_dynamic_tls, has_static_tls)

SHN_UNDEF, SHN_ABS = 0, 0xfff1

# The contract: no function allocates through malloc(). (The handler for children is registered once,
# at load, and nothing rests on it: tests/system/test_fork has children of raw clones.)
NEVER_CALLED = {"malloc", "calloc", "realloc", "free", "aligned_alloc", "posix_memalign",
                "__tls_get_addr", "__assert_fail"}


def read_map(path):
    """{(name, node)}, and the nodes in their order."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    listed, nodes = set(), []
    for node, body in re.findall(r"^(\w[\w.]*)\s*{(.*?)}", text, re.DOTALL | re.MULTILINE):
        nodes.append(node)
        names = re.search(r"global:(.*?)(local:|$)", body, re.DOTALL).group(1)
        listed |= {(name, node) for name in re.findall(r"\w+", names)}
    return listed, nodes


def check_exports(elf, report, map_path, version):
    listed, nodes = read_map(map_path)
    major, minor = version.split(".")[:2]
    # A version without new functions has no node of its own.
    versions = [tuple(map(int, node.removeprefix("VGETRANDOM_").split("."))) for node in nodes]
    report.expect(versions and versions == sorted(versions)
                  and versions[-1] <= (int(major), int(minor)),
                  "the symbol map's nodes are versions of the project, in order", nodes)
    exported = {(s.name, s.version) for s in elf.symbols(SHT_DYNSYM)
                if s.section not in (SHN_UNDEF, SHN_ABS)}
    report.expect_equal(listed, exported, "the library exports what the symbol map lists")
    soname = elf.dynamic_values("SONAME")
    strings = next(s for s in elf.sections if s.name == ".dynstr").offset
    report.expect_equal([f"libvgetrandom.so.{major}"],
                        [elf.string(strings + offset) for offset in soname], "the soname")


def check_loading(elf, report):
    for segment in elf.segments:
        if segment.type == PT_GNU_STACK:
            report.expect(not segment.flags & PF_X, "the stack is not executable")
        report.expect(segment.flags & (PF_W | PF_X) != PF_W | PF_X,
                      "no segment is writable and executable", segment)
    report.expect([s for s in elf.segments if s.type == PT_GNU_STACK], "there is a PT_GNU_STACK")
    flags, flags_1 = elf.dynamic_flags("FLAGS"), elf.dynamic_flags("FLAGS_1")
    report.expect(not elf.dynamic_values("TEXTREL") and not flags & DF_TEXTREL,
                  "no relocation of text")
    report.expect(has_static_tls(elf), "thread-local variables are initial-exec", hex(flags))
    report.expect(flags_1 & DF_1_NODELETE, "the library stays loaded (-z nodelete)", hex(flags_1))
    report.expect(flags_1 & DF_1_NOW, "nothing is bound lazily (-z now)", hex(flags_1))
    dynamic_tls = has_dynamic_tls(elf)
    report.expect_equal([], dynamic_tls, "no relocation for dynamic TLS")
    undefined = {s.name for s in elf.symbols(SHT_DYNSYM) if s.section == SHN_UNDEF}
    report.expect(not undefined & NEVER_CALLED, "the library calls nothing that may allocate or lock",
                  undefined & NEVER_CALLED)


def check_archive(path, report):
    """A static library has no symbol map: its names must not get into anybody's way."""
    text = subprocess.run(["nm", "--extern-only", "--defined-only", "--format=posix", path],
                          check=True, capture_output=True, text=True).stdout
    names = set(re.findall(r"^(\S+) [A-Za-z] ", text, re.MULTILINE))
    report.expect(len(names) > 10, "the names in the archive could be read", len(names))
    foreign = {n for n in names
               if not re.match(r"(vgetrandom(_|$)|vgr_|__asan_|__odr_asan|asan\.|__ubsan)", n)}
    report.expect_equal(set(), foreign, "the archive defines only vgetrandom* and vgr_*")


def main():
    shared, static, map_path, version = sys.argv[1:5]
    report = Report()
    elf = Elf(shared)
    check_exports(elf, report, map_path, version)
    check_loading(elf, report)
    check_archive(static, report)
    return report.exit_status()


sys.exit(main())
