# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_core.py CORE PORT TOP: what the core needs is what <vgetrandom/port.h> declares, and nobody
else: neither a libc nor what compilers call on their own account (memcpy, memset, libgcc).
"""
import os
import re
import subprocess
import sys

from elf import Report

# Of the linker, and of the sanitizers that may be compiled in.
NOT_COUNTED = re.compile(r"_GLOBAL_OFFSET_TABLE_$|__asan_|__ubsan_|__odr_asan|asan\.")
PORT_HEADER = "kernel-side/port/include/vgetrandom/port.h"

# Headers that are there without a libc; <sys/types.h> is for ssize_t.
FREESTANDING = re.compile(r"(linux/.*|asm/.*|std(arg|atomic|bool|def|int)\.h|limits\.h|cpuid\.h|"
                          r"sys/types\.h|vgr-arch\.h|vgr-syscall\.h|vgetrandom/.*)$")


def symbols(path, *options):
    text = subprocess.run(["nm", "--format=posix", *options, path], check=True,
                          capture_output=True, text=True).stdout
    names = set(re.findall(r"^(\S+) [A-Za-z]", text, re.MULTILINE))
    return {n for n in names if not NOT_COUNTED.match(n)}


def declared(top):
    with open(os.path.join(top, PORT_HEADER), encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)
    return set(re.findall(r"\b(vgr_\w+)\(", text)) - {"vgr_port_thread_offset"}


def check_symbols(core, port, top, report):
    defined = symbols(core, "--extern-only", "--defined-only")
    needed = symbols(core, "--undefined-only") - defined
    port_defined = symbols(port, "--extern-only", "--defined-only")
    # Only for programs without a libc.
    optional = {"vgr_port_set_auxv"}
    report.expect(len(needed) > 10, "the undefined symbols could be read", needed)
    report.expect_equal(declared(top) - optional, needed, "the core needs what port.h declares")
    report.expect_equal(declared(top), port_defined, "the port defines what port.h declares")
    outside = symbols(port, "--undefined-only") - port_defined - defined
    report.expect_equal(set(), outside, "the port needs nobody but the core")
    foreign = {n for n in defined | port_defined
               if not re.match(r"(vgetrandom_core_|vgr_)", n)}
    report.expect_equal(set(), foreign, "both define only vgetrandom_core_* and vgr_*")


def core_sources(top):
    """The file lists that CMake and the guide compile."""
    with open(os.path.join(top, "cmake/recipe"), encoding="utf-8") as file:
        return sorted(set(re.findall(r"\b((?:userspace|kernel-side|vdso)/[\w./-]+\.c)\b",
                                     file.read())))


def check_headers(top, report):
    """Each include of the core is its own or freestanding, and so are theirs."""
    folders = ["vdso", "kernel-side/inprocess", "userspace/src"]
    todo, seen = core_sources(top), set()
    report.expect(len(todo) > 15, "the recipe lists the core's sources", todo)
    while todo:
        name = todo.pop()
        if name in seen or not os.path.isfile(os.path.join(top, name)):
            continue
        seen.add(name)
        with open(os.path.join(top, name), encoding="utf-8") as file:
            includes = re.findall(r'^\s*#\s*include\s+([<"])([^">]+)[">]', file.read(),
                                  re.MULTILINE)
        for quote, included in includes:
            if quote == '"':
                todo += [f"{folder}/{included}" for folder in [os.path.dirname(name), *folders]]
            else:
                report.expect(FREESTANDING.match(included), f"{name} needs no libc", included)


def main():
    core, port, top = sys.argv[1:4]
    report = Report()
    check_symbols(core, port, top, report)
    check_headers(top, report)
    return report.exit_status()


sys.exit(main())
