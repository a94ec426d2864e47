# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_flags.py SCRATCH ARCHITECTURE COMPILER TOP: what flags that distributions compile with do to
the core, built as the guide says, and to the image.

For indirect branch tracking and the shadow stack, or branch target identification, where there
is such a thing (arch), all that the core is made of is marked, and the function in the image can be
jumped to.
One object that is not marked takes the mark from every program and library that it is linked
into. Assembly must have it without these flags, too: distributions give them to C only.

Each object has unwind tables, by any compiler. Link-time optimisation, like another time, leaves
the image as it is, byte by byte. The linker lld, where it is there, makes an image, too.
"""
import os
import shutil
import struct
import subprocess
import sys

import arch as ports
from elf import Elf, Report, SHT_DYNSYM, SHT_SYMTAB, STT_FUNC

SKIPPED = 77
SHN_UNDEF, SHN_ABS = 0, 0xfff1
NT_GNU_PROPERTY_TYPE_0 = 5

def property_bits(elf, wanted):
    """The value of a property in .note.gnu.property, or 0."""
    for section in elf.sections:
        if section.name != ".note.gnu.property":
            continue
        note = elf.data[section.offset:section.offset + section.size]
        name_len, contents_len, kind = struct.unpack_from("<III", note)
        if kind != NT_GNU_PROPERTY_TYPE_0 or note[12:12 + name_len] != b"GNU\0":
            continue
        offset = 16
        while offset < 16 + contents_len:
            name, length, value = struct.unpack_from("<III", note, offset)
            if name == wanted:
                return value
            offset += 8 + (length + 7) // 8 * 8
    return 0


def build(scratch, arch, compiler, top):
    shutil.rmtree(scratch, ignore_errors=True)
    prefix = "" if arch == "x86_64" else f"{arch}-linux-gnu-"
    environment = {**os.environ, "CC": compiler, "arch": arch, "AR": f"{prefix}ar",
                   "OBJCOPY": f"{prefix}objcopy"}
    subprocess.run([os.path.join(top, "userspace/integrations/build-core"), scratch], check=True,
                   env=environment)
    return sorted(name for name in os.listdir(scratch) if name.endswith(".o"))


def build_image(scratch, arch, compiler, top):
    """By the module's Makefile, which knows no CMake either."""
    shutil.rmtree(scratch, ignore_errors=True)
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS")}
    subprocess.run(["make", "-s", "-C", os.path.join(top, "kernel-side/module"), "image",
                    f"OUT={scratch}", f"CC={compiler}", f"vgr-arch={arch}"], check=True,
                   env=environment)
    return Elf(os.path.join(scratch, "vgetrandom-vdso.so"))


def check_image(report, image, landing_pads):
    for symbol in image.symbols(SHT_DYNSYM):
        if symbol.name == "__vdso_getrandom":
            first = image.data[symbol.value:symbol.value + 4]
            report.expect(first in landing_pads, "the image's function can be jumped to",
                          first.hex())


def function_sizes(elf):
    return {s.name: s.size for s in elf.symbols(SHT_SYMTAB)
            if s.type == STT_FUNC and s.section != SHN_UNDEF and s.size}


def check_linked(report, scratch, image):
    """A libc links the code that the image has: what was tested of the one holds for the other."""
    linked = function_sizes(Elf(os.path.join(scratch, "vgetrandom.o")))
    functions = function_sizes(image)
    report.expect(len(functions) > 15, "the image's functions were found", functions)
    for name, size in functions.items():
        if name != "getrandom":
            name = name.replace("__vdso_getrandom", "vgr_vdso_getrandom")
            report.expect_equal(size, linked.get(name), f"bytes of {name} where it is linked")
    report.expect("getrandom" not in linked, "the alias getrandom is not linked", linked.keys())


def check_unwind_tables(report, scratch, objects):
    for name in objects:
        sizes = {s.name: s.size for s in Elf(os.path.join(scratch, name)).sections}
        report.expect(not sizes.get(".text") or sizes.get(".eh_frame"),
                      f"a backtrace and a cancellation lead through {name}")


def check_lto(report, scratch, arch, compiler, top):
    made = []
    for flags in ("", " -flto"):
        made.append(build_image(scratch, arch, compiler + flags, top).data)
    report.expect(made[0] == made[1], "the image is the same with -flto")


def check_lld(report, scratch, arch, compiler, top):
    lld = shutil.which("ld.lld")
    if not lld:
        print("skipped: an image made by lld: it is not there (Debian package lld)")
        return
    # A cross compiler looks for linkers in folders of its own only, and where it is told.
    folder = f"{scratch}-lld"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    os.symlink(lld, os.path.join(folder, "ld.lld"))
    image = build_image(scratch, arch, f"{compiler} -B{folder} -fuse-ld=lld", top)
    report.expect_equal({"__vdso_getrandom", "getrandom"},
                        {s.name for s in image.symbols(SHT_DYNSYM) if s.section != SHN_ABS},
                        "what an image made by lld exports")


def check_marks(report, scratch, arch, compiler, top):
    """As it is by default, assembly only; then all of it, the one object for a libc included."""
    flag, name, bits, landing_pads = ports.ALL[arch].MARK
    plain = [n for n in build(scratch, arch, compiler, top) if n.endswith("-S.o")]
    report.expect(plain, "the objects of assembly were found", plain)
    for object_name in plain:
        found = property_bits(Elf(os.path.join(scratch, object_name)), name)
        report.expect_equal(bits, found & bits, f"{object_name} is marked without {flag}")
    for object_name in build(scratch, arch, f"{compiler} {flag}", top):
        found = property_bits(Elf(os.path.join(scratch, object_name)), name)
        report.expect_equal(bits, found & bits, f"{object_name} is marked with {flag}")
    check_image(report, build_image(scratch, arch, f"{compiler} {flag}", top), landing_pads)


def main():
    scratch, arch, compiler, top = sys.argv[1:5]
    if not shutil.which(compiler):
        print(f"skipped: there is no {compiler}")
        sys.exit(SKIPPED)
    report = Report()
    check_unwind_tables(report, scratch, build(scratch, arch, compiler, top))
    check_linked(report, scratch, build_image(f"{scratch}-image", arch, compiler, top))
    if ports.ALL[arch].MARK:
        check_marks(report, scratch, arch, compiler, top)
    check_lto(report, scratch, arch, compiler, top)
    if ports.ALL[arch].HAS_LLD:
        check_lld(report, scratch, arch, compiler, top)
    return report.exit_status()


sys.exit(main())
