# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_image.py OBJDUMP IMAGE OBJECT...: the image is what a kernel could map as it is.

OBJECT: what the image was linked from.
"""
import os
import re
import subprocess
import sys

import arch
from elf import (Elf, PF_R, PF_W, PF_X, PT_GNU_STACK, PT_LOAD, PT_TLS, Report, SHT_DYNSYM, SHT_REL,
                 SHT_RELA, SHT_SYMTAB, STB_GLOBAL, STB_WEAK, STT_FUNC)

# What one object may need of the others; above all not what compilers call on their own
# account, such as memcpy and memset.
DATA_PAGE_OFFSET = -4096


def check_segments(elf, report):
    loads = [s for s in elf.segments if s.type == PT_LOAD]
    report.expect_equal(1, len(loads), "exactly one PT_LOAD")
    for load in loads:
        report.expect_equal(PF_R | PF_X, load.flags, "the PT_LOAD is read-execute")
        report.expect_equal((0, 0), (load.offset, load.vaddr), "the PT_LOAD begins the file")
        report.expect_equal(load.filesz, load.memsz, "the PT_LOAD has no zeroed part")
    stacks = [s for s in elf.segments if s.type == PT_GNU_STACK]
    report.expect_equal(1, len(stacks), "one PT_GNU_STACK")
    for segment in elf.segments:
        if segment.type == PT_GNU_STACK:
            report.expect(not segment.flags & PF_X, "the stack is not executable")
        else:
            report.expect(not segment.flags & PF_W, "no segment is writable", segment)
    report.expect(not [s for s in elf.segments if s.type == PT_TLS], "no PT_TLS")


def check_dynamic(elf, report):
    for section in elf.of_type(SHT_RELA, SHT_REL):
        report.expect_equal(0, section.size, f"no relocations in {section.name}")
    for name in ("RELR", "JMPREL", "TEXTREL", "NEEDED", "INIT", "FINI"):
        report.expect_equal([], elf.dynamic_values(name), f"no DT_{name}")
    for name in ("RELASZ", "RELSZ"):  # one ld always says that there are none
        report.expect_equal(0, sum(elf.dynamic_values(name)), f"DT_{name}")
    for name in ("HASH", "GNU_HASH", "SONAME"):
        report.expect_equal(1, len(elf.dynamic_values(name)), f"one DT_{name}")


def check_symbols(elf, report):
    exports = {(s.name, s.bind, s.version) for s in elf.symbols(SHT_DYNSYM)
               if s.section != 0xfff1}
    report.expect_equal({("__vdso_getrandom", STB_GLOBAL, "LINUX_2.6"),
                         ("getrandom", STB_WEAK, "LINUX_2.6")}, exports,
                        "the image exports the function and its alias, and nothing else")
    by_name = {s.name: s for s in elf.symbols(SHT_SYMTAB)}
    data = by_name.get("vgr_rng_data")
    report.expect(data, "the image has a symbol for the RNG data page")
    if data:
        report.expect_equal(DATA_PAGE_OFFSET % 2**64, data.value,
                            "the RNG data page lies one page before the image")
    report.expect(".eh_frame" in [s.name for s in elf.sections],
                  "a debugger and a thread cancellation can unwind out of the image")


def disassembly(objdump, path, symbol):
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", f"--disassemble={symbol}", path],
                          check=True, capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C"}).stdout
    return re.findall(r"^\s+[0-9a-f]+:\s+(.*)$", text, re.MULTILINE)


def check_assembly(objdump, path, port, report):
    """Secrets never reach the stack, so no instruction may name it; ret does not."""
    for symbol in arch.chacha20(port):
        instructions = disassembly(objdump, path, symbol)
        report.expect(len(instructions) > 50, f"{symbol} could be disassembled",
                      f"{len(instructions)} instructions")
        # What the caller wants back is saved before the first other load, which is the key's.
        first_load = next((i for i, text in enumerate(instructions)
                           if re.match(r"l\w+\s.*\(", text)), 0)
        for place, text in enumerate(instructions):
            allowed = re.match(port.RESTORES, text) or \
                place < first_load and re.match(port.SAVES, text)
            report.expect(allowed or not re.match(port.STACK_USE, text),
                          f"{symbol} does not use the stack", text)


def check_stores(objdump, path, port, report):
    """Nothing is written but the output and, by AVX2 alone, the scratch place (chacha20.h)."""
    for symbol in arch.chacha20(port):
        places = {"%rdi", "%r9"} if symbol == "vgr_chacha20_avx2" else {"%rdi"}
        stores = [re.search(r"\((%\w+)[^)]*\)$", i) for i in disassembly(objdump, path, symbol)
                  if not re.match(port.STORE, i)]
        bases = {s.group(1) for s in stores if s}
        report.expect_equal(places, bases, f"{symbol} writes only where it may")


def check_compiled(objdump, path, elf, port, report):
    """What compilers must not use is not there."""
    found = set()
    for symbol in elf.symbols(SHT_SYMTAB):
        if symbol.type == STT_FUNC:
            found |= {text for text in disassembly(objdump, path, symbol.name)
                      if re.match(port.NEVER, text)}
    report.expect_equal(set(), found, "no instruction on registers that a kernel may not save")


def check_objects(paths, report):
    report.expect(len(paths) >= 6, "all objects of the image were named", paths)
    elves = {path: Elf(path) for path in paths}
    # What the linker script defines, and what the objects have from each other.
    defined = {"vgr_rng_data"} | {s.name for elf in elves.values()
                                  for s in elf.symbols(SHT_SYMTAB) if s.section != 0}
    for path, elf in elves.items():
        undefined = {s.name for s in elf.symbols(SHT_SYMTAB) if s.section == 0}
        report.expect(undefined <= defined, f"{os.path.basename(path)} needs no library",
                      undefined - defined)
        notes = [s for s in elf.sections if s.name == ".note.GNU-stack"]
        report.expect(notes and not notes[0].flags & 4,
                      f"{os.path.basename(path)} does not ask for an executable stack")
        for name in (".data", ".bss", ".tdata", ".tbss"):
            size = sum(s.size for s in elf.sections if s.name == name)
            report.expect_equal(0, size, f"{os.path.basename(path)} has no {name}")


def main():
    objdump, image, objects = sys.argv[1], sys.argv[2], sys.argv[3:]
    report = Report()
    elf = Elf(image)
    check_segments(elf, report)
    check_dynamic(elf, report)
    check_symbols(elf, report)
    port = arch.of_machine(elf.machine)
    check_assembly(objdump, image, port, report)
    if port.STORE:
        check_stores(objdump, image, port, report)
    if port.NEVER:
        check_compiled(objdump, image, elf, port, report)
    check_objects(objects, report)
    return report.exit_status()


sys.exit(main())
