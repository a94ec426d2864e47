# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""
check_abi.py SHARED SYMBOLS VERSION [RELEASED.abi...]: programs that were built before go on
working.

SYMBOLS is the committed list of what the library exports, in the format of deb-symbols(5): a
name that is gone is a broken program, and one that is not listed yet needs the version
that brought it. Each RELEASED file is a release as libabigail sees it, with types and
sizes; at a release it is written by

    abidw --headers-dir userspace/include --out-file userspace/abi/VERSION.abi libvgetrandom.so
"""
import re
import shutil
import subprocess
import sys

from elf import Elf, Report, SHT_DYNSYM

SHN_UNDEF = 0

# Exit status of abidiff, as bits: the tool's own failure; a change that breaks programs.
ABIDIFF_FAILED, ABIDIFF_INCOMPATIBLE = 1 | 2, 8


def read_list(path):
    """The first line (soname, package), and {name@node: version}."""
    head, since = None, {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("#"):
                continue
            if line.startswith(" "):
                name, version = line.split()
                since[name] = version
            else:
                head = line.split()
    return head, since


def number(version):
    return tuple(int(part) for part in re.findall(r"\d+", version))


def check_list(elf, report, path, version):
    head, since = read_list(path)
    major = version.split(".")[0]
    report.expect_equal([f"libvgetrandom.so.{major}", f"libvgetrandom{major}", "#MINVER#"], head,
                        "the list is that of this soname")
    exported = {f"{s.name}@{s.version}" for s in elf.symbols(SHT_DYNSYM) if s.section != SHN_UNDEF}
    report.expect(len(exported) > 10, "the exported names could be read", exported)
    report.expect(not set(since) - exported, "all that was ever exported still is",
                  f"missing {sorted(set(since) - exported)}")
    report.expect(not exported - set(since),
                  f"all that is exported is listed (add it to {path})",
                  f"not listed {sorted(exported - set(since))}")
    for name, first in since.items():
        node = number(name.split("@")[1])
        report.expect(node <= number(first) <= number(version),
                      f"{name} came with a version between its node's and this one", first)


def check_release(shared, report, path):
    if not shutil.which("abidiff"):
        report.expect(False, "abidiff is there (Debian package abigail-tools)")
        return
    done = subprocess.run(["abidiff", "--no-added-syms", path, shared], text=True,
                          capture_output=True, check=False)
    report.expect(not done.returncode & ABIDIFF_FAILED, f"abidiff could read {path}",
                  done.stderr + done.stdout)
    report.expect(not done.returncode & ABIDIFF_INCOMPATIBLE,
                  f"programs built with {path} go on working", done.stdout)


def main():
    shared, symbols, version, *released = sys.argv[1:]
    report = Report()
    check_list(Elf(shared), report, symbols, version)
    for path in released:
        check_release(shared, report, path)
    print(f"compared with {len(released)} releases")
    return report.exit_status()


sys.exit(main())
