# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
The parts of a 64-bit ELF file that the checks look at.

Read from the file itself: the output of readelf is made for people. Source: the System V
ABI, chapters 4 and 5, and for versions the LSB Core specification, chapter 10.7.
"""
import struct
from collections import namedtuple

import arch

PT_LOAD, PT_DYNAMIC, PT_TLS, PT_GNU_STACK, PT_GNU_RELRO = 1, 2, 7, 0x6474e551, 0x6474e552
PF_X, PF_W, PF_R = 1, 2, 4
SHT_SYMTAB, SHT_RELA, SHT_REL, SHT_DYNSYM = 2, 4, 9, 11
SHT_GNU_VERDEF, SHT_GNU_VERSYM = 0x6ffffffd, 0x6fffffff
STB_GLOBAL, STB_WEAK = 1, 2
STT_FUNC, STT_SECTION = 2, 3

DT = {
    "NEEDED": 1, "HASH": 4, "RELASZ": 8, "SONAME": 14, "RELSZ": 18, "TEXTREL": 22, "JMPREL": 23,
    "BIND_NOW": 24, "INIT": 12, "FINI": 13, "FLAGS": 30, "RELR": 36,
    "GNU_HASH": 0x6ffffef5, "FLAGS_1": 0x6ffffffb,
}
DF_TEXTREL, DF_STATIC_TLS = 0x4, 0x10
DF_1_NOW, DF_1_NODELETE = 0x1, 0x8

Segment = namedtuple("Segment", "type flags offset vaddr paddr filesz memsz align")
Section = namedtuple("Section", "name type flags addr offset size link info align entsize")
Symbol = namedtuple("Symbol", "name bind type visibility section value size version")


class Elf:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        if self.data[:5] != b"\x7fELF\x02" or self.data[5] not in (1, 2):
            raise ValueError(f"{path} is not a 64-bit ELF file")
        self.order = "<>"[self.data[5] - 1]
        self.machine, = self.unpack("H", 18)
        (_, phoff, shoff, _, _, phentsize, phnum, shentsize, shnum, shstrndx) = \
            self.unpack("QQQIHHHHHH", 24)
        self.segments = [Segment(*self.unpack("IIQQQQQQ", phoff + i * phentsize))
                         for i in range(phnum)]
        raw = [self.unpack("IIQQQQIIQQ", shoff + i * shentsize)
               for i in range(shnum)]
        names = raw[shstrndx][4]
        self.sections = [Section(self.string(names + s[0]), *s[1:]) for s in raw]
        self.dynamic = self._read_dynamic()

    def unpack(self, fields, offset):
        return struct.unpack_from(self.order + fields, self.data, offset)

    def string(self, offset):
        return self.data[offset:self.data.index(b"\0", offset)].decode()

    def _read_dynamic(self):
        entries = []
        for segment in self.segments:
            if segment.type != PT_DYNAMIC:
                continue
            for offset in range(segment.offset, segment.offset + segment.filesz, 16):
                tag, value = self.unpack("QQ", offset)
                if tag == 0:
                    break
                entries.append((tag, value))
        return entries

    def dynamic_values(self, name):
        return [value for tag, value in self.dynamic if tag == DT[name]]

    def dynamic_flags(self, name):
        return next(iter(self.dynamic_values(name)), 0)

    def of_type(self, *types):
        return [s for s in self.sections if s.type in types]

    def _version_names(self):
        names = {}
        for section in self.of_type(SHT_GNU_VERDEF):
            strings = self.sections[section.link].offset
            offset = section.offset
            while True:
                _, _, index, _, _, aux, following = \
                    self.unpack("HHHHIII", offset)
                name, = self.unpack("I", offset + aux)
                names[index] = self.string(strings + name)
                if not following:
                    break
                offset += following
        return names

    def symbols(self, table_type):
        """All symbols of SHT_SYMTAB or SHT_DYNSYM; version is None in the former."""
        symbols = []
        versions = self._version_names()
        versym = next(iter(self.of_type(SHT_GNU_VERSYM)), None)
        for table in self.of_type(table_type):
            strings = self.sections[table.link].offset
            for i in range(1, table.size // table.entsize):
                name, info, other, shndx, value, size = self.unpack(
                    "IBBHQQ", table.offset + i * table.entsize)
                version = None
                if table_type == SHT_DYNSYM and versym:
                    index, = self.unpack("H", versym.offset + 2 * i)
                    version = versions.get(index & 0x7fff)
                if info & 15 == STT_SECTION and table_type == SHT_DYNSYM:
                    continue  # on some machines ld exports those
                symbols.append(Symbol(self.string(strings + name), info >> 4, info & 15,
                                      other & 3, shndx, value, size, version))
        return symbols

    def relocations(self):
        """(type, symbol name) of every relocation that is left."""
        found = []
        for section in self.of_type(SHT_RELA, SHT_REL):
            for i in range(section.size // section.entsize):
                info, = self.unpack("Q", section.offset + i * section.entsize + 8)
                found.append((info & 0xffffffff, info >> 32))
        return found


def has_static_tls(elf):
    """Some linkers do not say so in the flags, but leave a relocation that does."""
    kind = arch.of_machine(elf.machine).STATIC_TLS
    if kind:
        return kind in [found for found, _ in elf.relocations()]
    return bool(elf.dynamic_flags("FLAGS") & DF_STATIC_TLS)


def has_dynamic_tls(elf):
    kinds = arch.of_machine(elf.machine).DYNAMIC_TLS
    return [found for found in elf.relocations() if found[0] in kinds]


class Report:
    """Collects the rules that do not hold."""

    def __init__(self):
        self.broken = 0

    def expect(self, holds, rule, found=""):
        if not holds:
            self.broken += 1
            print(f"FAIL: {rule}" + (f"; found: {found}" if found != "" else ""))

    def expect_equal(self, expected, actual, rule):
        self.expect(expected == actual, rule, f"{actual!r}, expected {expected!r}")

    def exit_status(self):
        print(f"{self.broken} rules broken" if self.broken else "all rules hold")
        return 1 if self.broken else 0
